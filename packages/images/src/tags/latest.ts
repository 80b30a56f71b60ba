/** The name that means "the newest release" to everyone who pulls without a tag. */
export const latest = "latest";
