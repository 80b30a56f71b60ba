const MAXIMUM_QUANTITY = 1_000;

/** Parses the body of POST /orders. Answers `{order}` or `{errors}` with one text per wrong field. */
export function parseOrder(body) {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { errors: { body: "must be a JSON object" } };
  }
  const errors = {};
  const text = (field, { longest, required }) => {
    const value = body[field];
    if (value === undefined || value === null) {
      if (required) errors[field] = "is required";
      return null;
    }
    if (typeof value !== "string" || value.trim() === "" || value.length > longest) {
      errors[field] = `must be a text of 1 to ${longest} characters`;
      return null;
    }
    return value.trim();
  };
  const order = {
    customer: text("customer", { longest: 200, required: true }),
    item: text("item", { longest: 200, required: true }),
    quantity: body.quantity,
    note: text("note", { longest: 500, required: false }),
  };
  if (!Number.isInteger(order.quantity) || order.quantity < 1 || order.quantity > MAXIMUM_QUANTITY) {
    errors.quantity = `must be a whole number from 1 to ${MAXIMUM_QUANTITY}`;
  }
  return Object.keys(errors).length > 0 ? { errors } : { order };
}

/** Parses `?limit=` of GET /orders: 1 to 100, 20 when absent. Answers undefined when it is neither. */
export function parseLimit(text) {
  if (text === null) return 20;
  const limit = Number(text);
  return Number.isInteger(limit) && limit >= 1 && limit <= 100 ? limit : undefined;
}
