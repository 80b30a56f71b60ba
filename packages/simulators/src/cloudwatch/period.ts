/** Which `Period` values CloudWatch takes: 1, 5, 10, 20, 30 and multiples of 60 seconds. */
export function isPeriod(seconds: number): boolean {
  return (
    [1, 5, 10, 20, 30].includes(seconds) || (Number.isInteger(seconds) && seconds > 0 && seconds % 60 === 0)
  );
}

export const periodRule = "must be 1, 5, 10, 20, 30 or any multiple of 60 seconds";
