// Messages of the server are those of the command line: what they advise to type there is left out here.

const ADVICE = [
  /\s*\(`mvkt formats` lists them:.*\)/s,
  /\s*\(--[^)]*\)/g,
  /: say it with \S+ in Python or --[\w-]+/g,
  /[.;] If this is lead \S+, say so: --lead \S+(?: \([^)]*\))?/g,
  /\. To have another lead read all the same, name it: --lead \S+(?: \([^)]*\))?/g,
  /; to have another lead read all the same, name the student, too/g,
];

/** A message as a sentence. @param {string} text */
export function sentence(text) {
  const plain = ADVICE.reduce((words, pattern) => words.replace(pattern, ""), text);
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}${/[.!?]$/.test(plain) ? "" : "."}`;
}
