package io.avatarflow.jobs.cli;

import picocli.CommandLine.Option;

/** Options of commands that read the frames of a cell. */
final class FramesOptions extends BrokerOptions {
  @Option(
      names = "--frames-topic",
      paramLabel = "TOPIC",
      defaultValue = "avatar.frames",
      description = "Where the frames and marks are. Default: ${DEFAULT-VALUE}.")
  private String framesTopic;

  String framesTopic() {
    return framesTopic;
  }
}
