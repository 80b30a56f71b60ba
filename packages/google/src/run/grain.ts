/** The smallest share Cloud Run can tell apart: percentages are whole numbers (Cloud Run Admin API v2: TrafficTarget). */
export const cloudRunGrain = 0.01;
