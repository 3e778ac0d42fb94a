package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** What the graphs and the codecs run on. */
public final class DeviceOptions {
  public static final ConfigOption<String> DEVICE =
      key("device")
          .stringType()
          .defaultValue("cpu")
          .withDescription(
              "What runs the pack's graphs: `cpu`, `cuda` for the GPUs that Flink gives to the task"
                  + " manager (external resource `gpu`; the first GPU where Flink gives none), or"
                  + " `cuda:N` for the GPU of index N. CUDA needs a build with the Maven profile"
                  + " `cuda`.");

  public static final ConfigOption<Integer> DEVICE_WORKERS =
      key("device.workers")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Threads that run batches on the accelerator of a process; more than one only pays on"
                  + " CPUs with cores to spare.");

  public static final ConfigOption<Integer> DEVICE_THREADS =
      key("device.threads")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Threads that ONNX Runtime uses inside one graph run; results are the same for every"
                  + " value only within one machine kind.");

  public static final ConfigOption<Integer> DEVICE_BATCH =
      key("device.batch")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Most rows of a batch of sessions; 0 for as many as the pack allows. Pictures do not"
                  + " depend on it.");

  public static final ConfigOption<Integer> CPU_POOL_THREADS =
      key("cpu-pool.threads")
          .intType()
          .defaultValue(2)
          .withDescription(
              "Threads of the pool that encodes video and prepares identities, shared by a"
                  + " process.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(DEVICE, DEVICE_WORKERS, DEVICE_THREADS, DEVICE_BATCH, CPU_POOL_THREADS);

  private DeviceOptions() {}
}
