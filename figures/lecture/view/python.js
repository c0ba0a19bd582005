import { TEACHERS } from "../maths/teachers.js";

/** Write the Python program that trains the run of some settings, seed and all, in mfh. */
export function python({ a, g, b, h, da, db, n, flip, rule, model, teacher, temperature, weight, seed }) {
  const chance = flip > 0 ? `flip=${flip}` : "";
  const label = {
    hyperplane: `Hyperplane(${chance})`,
    quadratic: `Quadratic(${chance})`,
    parity: `Parity(("a", "b")${chance && `, ${chance}`})`,
  }[rule];
  const name = label.split("(")[0];
  const network = model === "linear" ? ['width=0, optimiser=Optimiser("sgd", learning_rate=0.1, steps=1000),'] : [];
  const lines = [
    "from analysis import Plan, run, summarise",
    "from analysis.protocols.synthetic import Synthetic",
    "from analysis.training.objectives import Distillation",
    ...(model === "linear" ? ["from analysis.training.optimiser import Optimiser"] : []),
    `from synth import ${name}`,
    "from venn import VennDiagram",
    "",
    `diagram = VennDiagram({"a": ${a}, "b": ${b}, "a&b": ${g}}, hidden=${h}, noise={"a": ${da - a - g}, "b": ${db - b - g}})`,
    "protocol = Synthetic(",
    `    n_train=${n}, rule=${label},`,
    ...network.map((line) => `    ${line}`),
    `    distillation=Distillation(teacher_weight=${weight}, temperature=${temperature}),`,
    ")",
    `frame = run(Plan([diagram], protocol=protocol, arms=("no_kd", "${TEACHERS[teacher].arm}"), seeds=[${seed}])).frame()`,
    'print(frame[["arm", "seed", "accuracy"]])',
  ];
  return lines.join("\n");
}
