package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.live.SpeakRequest;
import io.avatarflow.jobs.live.SpeakRun;
import io.avatarflow.jobs.render.BundledSample;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code avatarflow speak}: live sessions of a running cell. */
@Command(
    name = "speak",
    mixinStandardHelpOptions = true,
    description = {
      "Opens live sessions on a running cell, speaks an audio file in each at the speed of speech,",
      "and says for each how many frames came. Exit code 1 if one was refused or failed."
    })
final class SpeakCommand implements Callable<Integer> {
  private static final int MOST_SESSIONS = 100;

  @Spec private CommandSpec spec;
  @Mixin private FramesOptions kafka;

  @Option(
      names = "--audio",
      paramLabel = "FILE",
      description = "The speech. Default: the bundled sample.")
  private Path audio;

  @Option(
      names = "--session",
      paramLabel = "TENANT/SESSION",
      description =
          "Key of the session, which the cell must not have seen before. Default: local/ and the time.")
  private String session;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "How many speak at once; behind the first their keys end in -2, -3 and so on. Default: ${DEFAULT-VALUE}.")
  private int sessions;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      defaultValue = "reference",
      description = "The pack that the cell serves. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      defaultValue = "",
      description = "A bundled identity. Default: the first of the pack.")
  private String identity;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the first session; each next one has the next. Default: 0.")
  private long seed;

  @Option(
      names = "--input",
      paramLabel = "TOPIC",
      defaultValue = "avatar.input",
      description = "Input topic of the cell. Default: ${DEFAULT-VALUE}.")
  private String inputTopic;

  @Option(
      names = "--events-topic",
      paramLabel = "TOPIC",
      defaultValue = "avatar.events",
      description = "Events topic of the cell. Default: ${DEFAULT-VALUE}.")
  private String eventsTopic;

  @Option(
      names = "--max-parallelism",
      paramLabel = "N",
      defaultValue = "60",
      description = "Key groups of the cell. Default: ${DEFAULT-VALUE}.")
  private int maxParallelism;

  @Override
  public Integer call() throws IOException {
    String bootstrap = kafka.bootstrap();
    Usage.between(spec, "--sessions", sessions, 1, MOST_SESSIONS);
    try (BundledSample sample = BundledSample.or(Optional.ofNullable(audio))) {
      SpeakRequest request =
          new SpeakRequest(
              bootstrap,
              kafka.properties(),
              new Topics(inputTopic, kafka.framesTopic(), eventsTopic, Topics.DEFAULT.rejects()),
              maxParallelism,
              keys(),
              pack,
              identity,
              seed,
              sample.file());
      return new SpeakRun(request, System.err::println).run(System.out::println) ? 0 : 1;
    }
  }

  private List<SessionKey> keys() {
    String first = session == null ? "local/" + Instant.now().toEpochMilli() : session;
    try {
      return IntStream.rangeClosed(1, sessions)
          .mapToObj(n -> SessionKey.parse(n == 1 ? first : first + "-" + n))
          .toList();
    } catch (IllegalArgumentException e) {
      throw Usage.error(spec, "--session: " + e.getMessage());
    }
  }
}
