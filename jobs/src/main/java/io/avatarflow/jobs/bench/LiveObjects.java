package io.avatarflow.jobs.bench;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * How many objects of each of the engine's classes are reachable, by the class histogram of the
 * Java machine. To count them halts the process for as long as a full collection does.
 */
final class LiveObjects {
  private static final String ENGINE = "io.avatarflow.";
  private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+).*");

  private LiveObjects() {}

  /** Counts them by class; empty on a Java machine that has no such histogram. */
  static Optional<Map<String, Long>> count() {
    try {
      Object histogram =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      return Optional.of(parse((String) histogram));
    } catch (InstanceNotFoundException e) {
      return Optional.empty();
    } catch (JMException e) {
      throw new IllegalStateException("The live objects cannot be counted: " + e.getMessage(), e);
    }
  }

  /** The rows of a histogram that are about the engine's classes and arrays of them. */
  static Map<String, Long> parse(String histogram) {
    Map<String, Long> counts = new HashMap<>();
    for (String line : histogram.lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches() && row.group(2).contains(ENGINE)) {
        counts.merge(row.group(2), Long.parseLong(row.group(1)), Long::sum);
      }
    }
    return counts;
  }
}
