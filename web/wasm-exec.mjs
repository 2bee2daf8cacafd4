import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * An esbuild plugin: `go:wasm_exec` is the JavaScript half of Go's runtime, from
 * the toolchain that compiles the module, since the two must be of one version.
 * It touches globalThis only when it is asked for, and leaves no `Go` behind.
 */
export const goToolchain = {
  name: "go-toolchain",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^go:wasm_exec$/ }, ({ path }) => ({ path, namespace: "go" }));
    onLoad({ filter: /.*/, namespace: "go" }, () => {
      // Asked from here, go.mod decides which toolchain answers.
      const cwd = dirname(fileURLToPath(import.meta.url));
      const root = execFileSync("go", ["env", "GOROOT"], { cwd, encoding: "utf8" }).trim();
      const source = readFileSync(join(root, "lib/wasm/wasm_exec.js"), "utf8");
      return {
        contents: `export function loadGo() {
          const before = globalThis.Go;
          ${source}
          const { Go } = globalThis;
          if (before === undefined) delete globalThis.Go; else globalThis.Go = before;
          return Go;
        }`,
      };
    });
  },
};
