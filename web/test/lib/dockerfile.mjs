// Reads a Dockerfile: as much of its language as ours has.

/** The stages, each as { name, from, steps: [{ word, rest }] }; what is before the first is in a stage without a name. */
export function readStages(text) {
  const stages = [{ name: "", from: "", steps: [] }];
  const lines = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ").split("\n");
  for (const line of lines.filter((line) => line.trim())) {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line);
    if (word === "FROM") {
      const [, from, name = ""] = /^(?:--\S+ )*(\S+)(?: AS (\S+))?$/.exec(rest);
      stages.push({ name, from, steps: [] });
    } else {
      stages.at(-1).steps.push({ word, rest });
    }
  }
  return stages;
}

/** What a RUN line has a shell do; caches are the builder's business. */
export function command({ rest }) {
  return rest.replace(/^(--mount=\S+\s+)+/, "");
}
