import pg from "pg";

const refusal = `
CREATE FUNCTION refuse_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'no orders are taken during an incident';
END $$;
CREATE TRIGGER refuse_order BEFORE INSERT ON orders EXECUTE FUNCTION refuse_order();`;

/** Makes a database refuse every new order at once, while everything else goes on. Answers what ends that. */
export async function refuseOrders(databaseUrl: string): Promise<() => Promise<void>> {
  await execute(databaseUrl, refusal);
  return () => execute(databaseUrl, "DROP FUNCTION refuse_order CASCADE");
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
