/**
 * The one custom Flink operator of the graph, and the devices that its stages run on.
 *
 * <p>{@link io.avatarflow.operators.host.SessionStageOperator} is the life cycle; its duties stand
 * beside it: the way of records through the stages ({@code GroupFlow}, {@code SessionLane}), keyed
 * state and what a checkpoint holds ({@code SessionStates} and the serializers), the way out
 * ({@code GroupExit}), watermarks ({@code WatermarkGate}), devices ({@code SharedDevice} and what
 * leads to it) and metrics ({@code HostMetrics}). This is the only package that knows Flink.
 */
package io.avatarflow.operators.host;
