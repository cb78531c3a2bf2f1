import { type Node, type Values, valueRules } from "./tree.ts";

/** A text that a shell takes as it is. */
const quoted = (text: string) => `'${text.replace(/'/g, "'\\''")}'`;
const words = (list: readonly string[]) => quoted(list.join(" "));
const namesOf = ({ flags }: Node) => flags.flatMap(({ names }) => names);
const pathsOf = (tree: readonly Node[]) => tree.flatMap(({ path }) => (path === "" ? [] : [path]));

/** `"miner run:--model" | *:--config)`: pattern of a `case` on "$path:$flag". */
const pattern = (path: string, names: readonly string[]) =>
  names.map((name) => (path === "*" ? `*:${name}` : quoted(`${path}:${name}`))).join("|");

/** Finds out which command is typed; the same words in bash and zsh. */
const walk = (tree: readonly Node[]) => `    case "\${at:+$at }$word" in
      ${pathsOf(tree).map(quoted).join("|")}) at="\${at:+$at }$word" ;;
    esac`;

/** For `eval "$(conversion-subnet completion bash)"`. Bash 3.2, which macOS has, knows all that stands here. */
export function bashScript(tree: readonly Node[]): string {
  const values = (kind: Values) => {
    if (kind === "file") return "_conversion_subnet_files -f";
    if (kind === "folder") return "_conversion_subnet_files -d";
    return kind === "any" ? ":" : `COMPREPLY=($(compgen -W ${words(kind)} -- "$cur"))`;
  };
  const rules = valueRules(tree).map(
    (rule) => `    ${pattern(rule.path, rule.names)}) ${values(rule.values)}; return ;;`,
  );
  const commands = tree.map((node) => {
    const isLeaf = node.children.length === 0;
    const next = isLeaf ? values(node.values) : values(node.children.map(({ name }) => name));
    return `    ${quoted(node.path)})
      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W ${words(namesOf(node))} -- "$cur")); else ${next}; fi ;;`;
  });
  return `# conversion-subnet in bash: eval "$(conversion-subnet completion bash)"
_conversion_subnet_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
_conversion_subnet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} at= word= before= i
  COMPREPLY=()
  # --flag=value is three words.
  if [[ $cur == = ]]; then cur=; elif [[ $flag == = ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    before=$word
    word=\${COMP_WORDS[i]}
    if [[ $word == -* || $before == --config ]]; then continue; fi
${walk(tree)}
  done
  case "$at:$flag" in
${rules.join("\n")}
  esac
  case $at in
${commands.join("\n")}
  esac
}
complete -F _conversion_subnet conversion-subnet
`;
}

/** For `eval "$(conversion-subnet completion zsh)"`, or a file _conversion-subnet on the fpath. */
export function zshScript(tree: readonly Node[]): string {
  const values = (kind: Values) => {
    if (kind === "file") return "_files";
    if (kind === "folder") return "_files -/";
    return kind === "any" ? "_message value" : `compadd -- ${kind.map(quoted).join(" ")}`;
  };
  const described = (name: string, about: string) => quoted(`${name.replace(/:/g, "\\:")}:${about}`);
  const rules = valueRules(tree).map(
    (rule) => `    ${pattern(rule.path, rule.names)}) ${values(rule.values)}; return ;;`,
  );
  const commands = tree.map((node) => {
    const children = node.children.map(({ name, about }) => described(name, about));
    const next = children.length > 0 ? `list=(${children.join(" ")}); _describe command list` : values(node.values);
    const flags = node.flags.flatMap(({ names, about }) => names.map((name) => described(name, about)));
    return `    ${quoted(node.path)})
      if [[ $cur == -* ]]; then list=(${flags.join(" ")}); _describe flag list; else ${next}; fi ;;`;
  });
  return `#compdef conversion-subnet
# conversion-subnet in zsh: eval "$(conversion-subnet completion zsh)", after compinit
_conversion_subnet() {
  local cur=\${words[CURRENT]} flag=\${words[CURRENT-1]} at= word= before= i
  local -a list
  for ((i = 2; i < CURRENT; i++)); do
    before=$word
    word=\${words[i]}
    if [[ $word == -* || $before == --config ]]; then continue; fi
${walk(tree)}
  done
  case "$at:$flag" in
${rules.join("\n")}
  esac
  case $at in
${commands.join("\n")}
  esac
}
compdef _conversion_subnet conversion-subnet
`;
}

/** For `conversion-subnet completion fish | source`. */
export function fishScript(tree: readonly Node[]): string {
  const literal = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
  const values = (kind: Values | null) => {
    if (kind === null) return "";
    if (kind === "file") return " -r -F";
    if (kind === "folder") return " -x -a '(__fish_complete_directories)'";
    return kind === "any" ? " -x" : ` -x -a ${literal(kind.join(" "))}`;
  };
  const at = ({ path }: Node) =>
    `complete -c conversion-subnet -n ${literal(`__conversion_subnet_at ${literal(path)}`)}`;
  const lines = tree.flatMap((node) => [
    ...node.children.map(({ name, about }) => `${at(node)} -a ${literal(name)} -d ${literal(about)}`),
    ...node.flags.map(({ names, about, values: kind }) => {
      const spelled = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      return `${at(node)} ${spelled.join(" ")}${values(kind)} -d ${literal(about)}`;
    }),
    ...(node.children.length > 0 || node.values === "any"
      ? []
      : [`${at(node)}${values(node.values).replace(/ -[rx]/, "")}`]),
  ]);
  return `# conversion-subnet in fish: conversion-subnet completion fish | source
set -g __conversion_subnet_paths ${pathsOf(tree).map(literal).join(" ")}
function __conversion_subnet_at
    set -l typed (commandline -opc)
    set -e typed[1]
    set -l at
    set -l before
    for word in $typed
        if not string match -q -- '-*' $word; and test "$before" != --config
            set -l longer (string join ' ' $at $word)
            if contains -- $longer $__conversion_subnet_paths
                set at $longer
            end
        end
        set before $word
    end
    test "$at" = "$argv[1]"
end
complete -c conversion-subnet -f
${lines.join("\n")}
`;
}
