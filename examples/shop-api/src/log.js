/** Writes one JSON object per line to standard output, which is what container log collectors read. */
export function createLog(release) {
  const write = (level, message, fields) => {
    const line = { time: new Date().toISOString(), level, message, release, ...fields };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  return {
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
  };
}
