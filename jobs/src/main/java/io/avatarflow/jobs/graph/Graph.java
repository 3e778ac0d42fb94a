package io.avatarflow.jobs.graph;

import io.avatarflow.jobs.AvatarJobOptions.Grouping;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.host.DeviceSpec;
import io.avatarflow.operators.host.HostOptions;
import io.avatarflow.operators.host.SessionRecordTypeInfo;
import io.avatarflow.operators.host.SessionStageOperatorFactory;
import io.avatarflow.operators.host.SharedDevices;
import io.avatarflow.operators.host.StageGroupFactory;
import io.avatarflow.operators.stage.SessionRecord;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * The keyed topology: one {@code keyBy} behind the source, then named operators that chain in one
 * task.
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

  private Graph() {}

  /** The stages of one operator. */
  record StageGroup(String operator, List<StageName> stages) {}

  /** Makes all stages of the graph in their order, for whoever drives them without Flink. */
  public static StageGroupFactory stages(GraphSettings settings) {
    return new PackStages(List.of(StageName.values()), settings);
  }

  /**
   * Adds the operators behind a stream of input records and returns what leaves the last one.
   *
   * @param log where what leaves is published, for restored sessions to read what they had decided
   */
  public static DataStream<SessionRecord> attach(
      DataStream<SessionRecord> input, GraphSettings settings, DecisionLog.Factory log) {
    List<StageGroup> groups = settings.grouping() == Grouping.ALL_IN_ONE ? ALL_IN_ONE : SHIPPED;
    SharedDevices devices =
        new SharedDevices(
            settings.device(),
            settings.deviceWorkers(),
            DeviceSpec.cpuPool(settings.cpuPoolThreads()));
    HostOptions middle = new HostOptions(settings.maxInFlight(), false);
    KeyedStream<SessionRecord, String> keyed = input.keyBy(SessionRecord::sessionKey, Types.STRING);
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
      keyed =
          DataStreamUtils.reinterpretAsKeyedStream(output, SessionRecord::sessionKey, Types.STRING);
    }
    return output;
  }
}
