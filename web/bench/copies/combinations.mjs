// What is compared: where the viewers sit, how many there are, and what loads their
// segments.

/** Where viewers sit: the player's settings, and what npm's core is tuned to there. */
const PLACES = {
  // The engine leaves the place alone where a page has set it.
  "live 16 s": { behindS: 16, hls: { liveSyncDurationCount: 8 }, tuned: { highDemandTimeWindow: 4 } },
  "live 6 s": { behindS: 6, hls: { liveSyncDurationCount: 3 }, tuned: { highDemandTimeWindow: 2 } },
  film: { filmS: 120, hls: {}, tuned: { highDemandTimeWindow: 4 } },
};

/** Those among whom one gives everybody false bytes, and copies that they may take. */
const LIED_TO = "ours, one liar";
const AIM_OF_LIED_TO = 1.5;

/** The loaders of a swarm, which its viewers have by turns. */
const SWARMS = {
  ours: ["ours"],
  [LIED_TO]: ["ours"],
  npm: ["npm"],
  "npm tuned": ["tuned"],
  "npm tuned, no worker": ["unemptied"],
  mixed: ["ours", "npm"],
  // What the machine itself can bear.
  "hls.js alone": ["plain"],
};

/** Copies of a segment that our viewers may take, by place and number. */
const AIMS = {
  "live 16 s": { 4: 1.02, 8: 1.05 },
  "live 6 s": { 4: 1.1, 8: 1.2 },
  film: { 8: 1.15 },
};

/** Swarms that are compared with 8 viewers only: a mixed one with four of each. */
const LARGE_ONLY = [LIED_TO, "npm tuned, no worker", "mixed", "hls.js alone"];

/** All of them: `{ name, place, viewers, swarm, loaders, liars, behindS or filmS, hls, tuned, aim }`. */
export const combinations = Object.entries(PLACES).flatMap(([place, settings]) =>
  [2, 4, 8].flatMap((viewers) =>
    Object.entries(SWARMS)
      .filter(([swarm]) => viewers === 8 || !LARGE_ONLY.includes(swarm))
      .map(([swarm, loaders]) => ({
        name: `${place}, ${viewers} viewers, ${swarm}`,
        place,
        viewers,
        swarm,
        loaders,
        liars: swarm === LIED_TO ? ["false"] : [],
        aim: swarm === LIED_TO ? AIM_OF_LIED_TO : swarm === "ours" ? AIMS[place][viewers] : undefined,
        ...settings,
      })),
  ),
);
