package io.avatarflow.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;

/**
 * Writes {@code docs/options.md} from {@link AvatarJobOptions}; a test keeps the file equal to
 * this.
 */
public final class OptionsDocumentation {
  private OptionsDocumentation() {}

  /** Writes the page to the given file. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), page());
  }

  /** The whole page as Markdown. */
  public static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Options of the job

            `AvatarJob` takes them as `--key value` or `--key=value`. Generated from `AvatarJobOptions`.
            """);
    for (AvatarJobOptions.Group group : AvatarJobOptions.GROUPS) {
      begin(page, group.title());
      for (ConfigOption<?> option : group.options()) {
        row(page, option);
      }
    }
    begin(page, "Passed on");
    new TreeMap<>(AvatarJobOptions.PASSED_ON)
        .forEach((prefix, text) -> page.append("| `%s*` | | %s |%n".formatted(prefix, text)));
    return page.toString();
  }

  private static void begin(StringBuilder page, String title) {
    page.append(
        "%n## %s%n%n| option | default | what it does |%n| --- | --- | --- |%n".formatted(title));
  }

  private static void row(StringBuilder page, ConfigOption<?> option) {
    page.append(
        "| `%s` | %s | %s |%n"
            .formatted(
                option.key(), defaultOf(option), new HtmlFormatter().format(option.description())));
  }

  private static String defaultOf(ConfigOption<?> option) {
    if (!option.hasDefaultValue()) {
      return "";
    }
    Object value = option.defaultValue();
    if (value instanceof List<?> list && list.isEmpty()) {
      return "";
    }
    if (value instanceof Duration duration) {
      return "`%s`".formatted(TimeUtils.formatWithHighestUnit(duration));
    }
    if (value instanceof Enum<?> word) {
      return "`%s`".formatted(word.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    return "`%s`".formatted(value);
  }
}
