const BASE_COLUMNS = "id, customer, item, quantity, created_at";

/**
 * Orders in PostgreSQL. Release 1 never names the column `note`; release 2 and later need it. A version that is not
 * a number (a commit, say) uses the column when it is there, so any two releases can run side by side on one schema.
 * Columns are always named, because `SELECT *` would change meaning with the next migration.
 */
export function createOrders({ pool, version }) {
  const major = /^v?(\d{1,4})(?:\.|$)/.exec(version)?.[1];
  const needsNote = major !== undefined && Number(major) >= 2;
  let usesNote = major === undefined ? undefined : needsNote;

  const noteExists = async () => {
    const { rowCount } = await pool.query(
      `SELECT 1 FROM pg_attribute
       WHERE attrelid = to_regclass('orders') AND attname = 'note' AND NOT attisdropped`,
    );
    return rowCount > 0;
  };
  const withNote = async () => {
    usesNote ??= await noteExists();
    return usesNote;
  };
  const columns = async () => ((await withNote()) ? `${BASE_COLUMNS}, note` : BASE_COLUMNS);

  return {
    /** What keeps the schema from serving this release; undefined when nothing does. */
    async schemaProblem() {
      if (!needsNote || (await noteExists())) return undefined;
      return `column orders.note is missing: apply migrations/0002_add_orders_note.sql before release ${version}`;
    },
    /** The newest orders first. */
    async list(limit) {
      const { rows } = await pool.query(`SELECT ${await columns()} FROM orders ORDER BY id DESC LIMIT $1`, [
        limit,
      ]);
      return rows.map(toOrder);
    },
    /** One order, or undefined. */
    async find(id) {
      const { rows } = await pool.query(`SELECT ${await columns()} FROM orders WHERE id = $1`, [id]);
      return rows.map(toOrder)[0];
    },
    /** Stores a valid order and answers it with its id. */
    async create({ customer, item, quantity, note }) {
      const fields = { customer, item, quantity, ...((await withNote()) ? { note } : {}) };
      const names = Object.keys(fields);
      const { rows } = await pool.query(
        `INSERT INTO orders (${names.join(", ")}) VALUES (${names.map((_, index) => `$${index + 1}`).join(", ")})
         RETURNING ${await columns()}`,
        Object.values(fields),
      );
      return toOrder(rows[0]);
    },
  };
}

/** PostgreSQL's bigint arrives as text; an order number stays far below 2^53. */
function toOrder({ id, customer, item, quantity, created_at: createdAt, ...optional }) {
  return { id: Number(id), customer, item, quantity, ...optional, createdAt: createdAt.toISOString() };
}
