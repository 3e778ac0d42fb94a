package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.JobEnds;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.stage.SessionRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A {@link ReplayLine} at both ends of the graph: no broker, no topic, nothing encoded on the way.
 * One source, as many sinks as there are subtasks. Such a job runs in the line's own process.
 */
record LineEnds(String line) implements JobEnds {
  @Override
  public KeyedStream<SessionRecord, String> input(StreamExecutionEnvironment env) {
    return Graph.exchange(
        env.fromSource(new LineSource(line), WatermarkStrategy.noWatermarks(), "recording")
            .setParallelism(1)
            .uid("recording"));
  }

  @Override
  public void output(DataStream<SessionRecord> output) {
    output.sinkTo(new LineSink(line)).name("replay").uid("replay");
  }

  /** A replay that is lost begins anew. */
  @Override
  public DecisionLog.Factory decisionLog() {
    return DecisionLog.NONE;
  }
}
