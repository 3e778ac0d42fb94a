package io.avatarflow.jobs.graph;

import io.avatarflow.jobs.options.GraphOptions.Grouping;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.host.DeviceSpec;
import io.avatarflow.operators.host.HostOptions;
import io.avatarflow.operators.host.SessionRecordTypeInfo;
import io.avatarflow.operators.host.SessionStageOperatorFactory;
import io.avatarflow.operators.host.SharedDevices;
import io.avatarflow.operators.host.StageGroupFactory;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.operators.stage.SessionRecord;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * The named operators behind a source of input records, which chain in one task.
 *
 * <p>Each operator has its name as {@code uid}, so that savepoints outlive changes of the graph
 * around it.
 */
public final class Graph {
  private static final List<StageGroup> SHIPPED =
      List.of(
          new StageGroup("ingest", List.of(StageName.INGEST)),
          new StageGroup("features", List.of(StageName.FEATURES)),
          new StageGroup("motion", List.of(StageName.MOTION)),
          new StageGroup("denoise", List.of(StageName.DENOISE)),
          new StageGroup("blend", List.of(StageName.BLEND)),
          new StageGroup("render", List.of(StageName.DECODE, StageName.ENCODE)));

  private static final List<StageGroup> ALL_IN_ONE =
      List.of(new StageGroup("avatar", List.of(StageName.values())));

  /** A bound for the case that pacing fails to keep one. */
  private static final int MOST_LIVE = 8192;

  private Graph() {}

  /** The stages of one operator. */
  record StageGroup(String operator, List<StageName> stages) {}

  /** Names of all stages of the graph, in their order, as checkpoints and traces have them. */
  public static List<String> stageNames() {
    return Arrays.stream(StageName.values())
        .map(name -> name.name().toLowerCase(Locale.ROOT))
        .toList();
  }

  /** Makes all stages of the graph in their order, for whoever drives them without Flink. */
  public static StageGroupFactory stages(GraphSettings settings) {
    return new PackStages(List.of(StageName.values()), settings);
  }

  /** Live, pacing bounds what is under way: a task thread that waits for room answers nobody. */
  private static int maxInFlight(GraphSettings settings) {
    boolean live = settings.ingest().pacing().mode() == PacingOptions.Mode.REALTIME;
    return live ? Math.max(MOST_LIVE, settings.maxInFlight()) : settings.maxInFlight();
  }

  /**
   * The keyed topology: sends input records through one exchange to the subtasks that own their
   * sessions.
   */
  public static KeyedStream<SessionRecord, String> exchange(DataStream<SessionRecord> input) {
    return input.keyBy(SessionRecord::sessionKey, Types.STRING);
  }

  /** The lanes topology: takes input records as they are, each at the subtask that owns its key. */
  public static KeyedStream<SessionRecord, String> inPlace(DataStream<SessionRecord> input) {
    return DataStreamUtils.reinterpretAsKeyedStream(input, SessionRecord::sessionKey, Types.STRING);
  }

  /**
   * Adds the operators behind a stream of input records and returns what leaves the last one.
   *
   * @param input the records by session
   * @param log where what leaves is published, for restored sessions to read what they had decided
   */
  public static DataStream<SessionRecord> attach(
      KeyedStream<SessionRecord, String> input, GraphSettings settings, DecisionLog.Factory log) {
    List<StageGroup> groups = settings.grouping() == Grouping.ALL_IN_ONE ? ALL_IN_ONE : SHIPPED;
    SharedDevices devices =
        new SharedDevices(
            settings.device(),
            settings.deviceWorkers(),
            DeviceSpec.cpuPool(settings.cpuPoolThreads()));
    HostOptions middle = new HostOptions(maxInFlight(settings), false);
    KeyedStream<SessionRecord, String> keyed = input;
    SingleOutputStreamOperator<SessionRecord> output = null;
    for (int i = 0; i < groups.size(); i++) {
      StageGroup group = groups.get(i);
      HostOptions options =
          i == groups.size() - 1 ? middle.atEndOfGraph(settings.spanSampling()) : middle;
      output =
          keyed
              .transform(
                  group.operator(),
                  SessionRecordTypeInfo.INSTANCE,
                  new SessionStageOperatorFactory(
                      new PackStages(group.stages(), settings),
                      devices,
                      options,
                      group.stages().contains(StageName.INGEST) ? log : DecisionLog.NONE))
              .uid(group.operator());
      keyed = inPlace(output);
    }
    return output;
  }
}
