/**
 * How batches are formed for a device: what waits, what goes next, and with whom.
 *
 * <p>Knows nothing of Flink, of threads or of clocks, so that a real device and a modelled one
 * under a virtual clock form the same batches of the same tasks.
 */
package io.avatarflow.operators.batching;
