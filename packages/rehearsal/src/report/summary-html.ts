import { Marked } from "marked";
import sanitize from "sanitize-html";

/** GitHub's own list of elements in job summaries is longer; these are the ones a summary is made of. */
const policy: sanitize.IOptions = {
  allowedTags: [
    ...["h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "del", "code", "pre", "a"],
    ...["ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"],
  ],
  allowedAttributes: { a: ["href"], th: ["align"], td: ["align"], details: ["open"], code: ["class"] },
  allowedClasses: { code: ["language-*"] },
  allowedSchemes: ["http", "https"],
  disallowedTagsMode: "escape",
};

const markdown = new Marked({ gfm: true });

/** Renders a job summary as HTML that can run nothing and load nothing, whatever the markdown contains. */
export function summaryHtml(summary: string): string {
  return sanitize(markdown.parse(summary, { async: false }), policy);
}
