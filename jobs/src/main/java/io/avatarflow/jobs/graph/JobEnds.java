package io.avatarflow.jobs.graph;

import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.stage.SessionRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What stands before the graph and behind it: where records come from, and where they go. */
public interface JobEnds {
  /** Adds the source of input records. */
  KeyedStream<SessionRecord, String> input(StreamExecutionEnvironment env);

  /** Adds what takes everything that leaves the graph. */
  void output(DataStream<SessionRecord> output);

  /** Where restored sessions read what they had decided. */
  DecisionLog.Factory decisionLog();
}
