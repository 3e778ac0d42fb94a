package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes a {@link SessionStageOperator} on the worker; given to {@code transform} of a stream keyed
 * by {@link SessionRecord#sessionKey}. The operator chains to what is before and behind it.
 */
public final class SessionStageOperatorFactory extends AbstractStreamOperatorFactory<SessionRecord>
    implements OneInputStreamOperatorFactory<SessionRecord, SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final StageGroupFactory stages;
  private final DeviceSource devices;
  private final HostOptions options;
  private final DecisionLog.Factory log;

  /** For operators that decide nothing, or are never restored. */
  public SessionStageOperatorFactory(
      StageGroupFactory stages, DeviceSource devices, HostOptions options) {
    this(stages, devices, options, DecisionLog.NONE);
  }

  /**
   * @param stages makes the stages, in the order in which records pass them
   * @param devices where their steps run
   * @param options how they are hosted
   * @param log where what the stages decide is published
   */
  public SessionStageOperatorFactory(
      StageGroupFactory stages,
      DeviceSource devices,
      HostOptions options,
      DecisionLog.Factory log) {
    this.stages = stages;
    this.devices = devices;
    this.options = options;
    this.log = log;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<SessionRecord>> T createStreamOperator(
      StreamOperatorParameters<SessionRecord> parameters) {
    return (T) new SessionStageOperator(parameters, stages, devices, options, log);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return SessionStageOperator.class;
  }
}
