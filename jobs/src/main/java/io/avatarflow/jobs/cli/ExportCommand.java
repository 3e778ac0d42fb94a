package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.replay.RecordingExport;
import io.avatarflow.jobs.replay.RecordingFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow export}: sessions of a cell as files. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Copies sessions from the topics of a cell into a folder: video, a line of JSON for every frame and mark,",
      "and the records, from which replay can make them again."
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin private FramesOptions kafka;
  @Mixin private SelectionOptions chosen;

  @Option(
      names = "--input",
      paramLabel = "TOPIC",
      defaultValue = "avatar.input",
      description = "Input topic of the cell. Default: ${DEFAULT-VALUE}.")
  private String inputTopic;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    RecordingFolder folder = new RecordingFolder(out);
    ReplayCommand.RecordedTopics.copy(kafka, inputTopic, chosen.selection(), folder);
    System.out.printf("%d sessions are in %s.%n", RecordingExport.write(folder), out);
    return 0;
  }
}
