import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * An esbuild plugin: `go:wasm_exec` is the JavaScript half of Go's runtime, from
 * the toolchain that compiles the module, since the two must be of one version.
 * It touches globalThis only when it is asked for, and takes everything away
 * again: a `process` that is not Node's would mislead other scripts.
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
        contents: `const names = ["Go", "fs", "path", "process"];
        export function loadGo() {
          const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
          let fs; // for the source below, which names it bare
          {
            ${source}
          }
          const { Go } = globalThis;
          fs = globalThis.fs;
          let restored = false;
          const restore = () => {
            if (restored) return;
            restored = true;
            names.forEach((name, i) => {
              if (before[i]) Object.defineProperty(globalThis, name, before[i]);
              else delete globalThis[name];
            });
          };
          return { Go, restore };
        }`,
      };
    });
  },
};
