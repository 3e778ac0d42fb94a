package io.avatarflow.jobs.cli;

import io.avatarflow.operators.pack.PackInspector.Facts;
import io.avatarflow.operators.pack.PackInspector.GraphFacts;
import java.io.PrintStream;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints the facts about a pack for people. */
final class PackDescription {
  private final Facts facts;

  PackDescription(Facts facts) {
    this.facts = facts;
  }

  void print(PrintStream out) {
    out.printf("%s (%s)%n", facts.name(), facts.location());
    line(out, "digest", facts.digest());
    facts.summary().forEach((name, value) -> line(out, name, value));
    out.println("stages");
    facts.stages().forEach((stage, steps) -> line(out, stage, String.join(", ", steps)));
    out.println("graphs");
    facts.graphs().forEach(graph -> graph(out, graph));
    out.println("canonical states");
    facts.states().forEach((name, state) -> line(out, name, state));
    out.println("parameters");
    facts.parameters().forEach((name, range) -> line(out, name, range));
  }

  private static void graph(PrintStream out, GraphFacts graph) {
    line(
        out,
        graph.name(),
        "%d bytes, operator set %d, %d nodes"
            .formatted(
                graph.bytes(),
                graph.opset(),
                graph.operators().values().stream().mapToInt(Integer::intValue).sum()));
    line(out, "  in", tensors(graph.inputs()));
    line(out, "  out", tensors(graph.outputs()));
  }

  private static String tensors(Map<String, String> tensors) {
    return tensors.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining("; "));
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("  %-18s %s%n", name, value);
  }
}
