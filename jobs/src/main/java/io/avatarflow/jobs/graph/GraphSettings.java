package io.avatarflow.jobs.graph;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.capacity.SeatSettings;
import io.avatarflow.jobs.options.DeviceOptions;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.GraphOptions.Grouping;
import io.avatarflow.jobs.options.PackOptions;
import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.identity.IdentityPolicy;
import io.avatarflow.operators.ingest.IdleRest;
import io.avatarflow.operators.ingest.IngestOptions;
import io.avatarflow.operators.ingest.LadderOptions;
import java.io.Serializable;

/**
 * What the graph's operators need of the job's options; travels to the workers.
 *
 * @param pack bundled name or path of the model pack
 * @param packDigest digest the pack must have, or null
 * @param grouping how stages are grouped into operators
 * @param identityPolicy whose face may be driven
 * @param identityRoot folder of identity paths, or null
 * @param ingest limits of a session's input
 * @param ladder when quality goes down and up
 * @param rest when a silent session rests
 * @param seats how admission is limited
 * @param maxInFlight turns of one subtask outside its mailbox
 * @param device what runs graphs
 * @param deviceWorkers threads that run batches
 * @param deviceThreads threads inside one graph run
 * @param deviceBatch most rows of a batch; 0 for what the pack allows
 * @param cpuPoolThreads threads of the CPU pool
 * @param spanSampling share of the blocks that get a span
 * @param rawFramesDir where pictures go before encoding, or null
 * @param rehearsal whether a process plays a short session to itself when a pack comes to it
 */
public record GraphSettings(
    String pack,
    String packDigest,
    Grouping grouping,
    IdentityPolicy identityPolicy,
    String identityRoot,
    IngestOptions ingest,
    LadderOptions ladder,
    IdleRest rest,
    SeatSettings seats,
    int maxInFlight,
    Accelerator device,
    int deviceWorkers,
    int deviceThreads,
    int deviceBatch,
    int cpuPoolThreads,
    double spanSampling,
    String rawFramesDir,
    boolean rehearsal)
    implements Serializable {

  /** The settings that a command line asks for. */
  public static GraphSettings of(AvatarJobArguments arguments) {
    return new GraphSettings(
        arguments.get(PackOptions.PACK),
        arguments.get(PackOptions.PACK_DIGEST),
        arguments.get(GraphOptions.GROUPING),
        arguments.get(PackOptions.IDENTITY_POLICY),
        arguments.get(PackOptions.IDENTITY_ROOT),
        arguments.ingest(),
        arguments.ladder(),
        arguments.rest(),
        arguments.seats(),
        arguments.get(GraphOptions.MAX_IN_FLIGHT),
        Accelerator.parse(arguments.get(DeviceOptions.DEVICE)),
        arguments.get(DeviceOptions.DEVICE_WORKERS),
        arguments.get(DeviceOptions.DEVICE_THREADS),
        arguments.get(DeviceOptions.DEVICE_BATCH),
        arguments.get(DeviceOptions.CPU_POOL_THREADS),
        arguments.get(GraphOptions.SPAN_SAMPLING),
        arguments.get(GraphOptions.RAW_FRAMES_DIR),
        arguments.get(GraphOptions.REHEARSAL));
  }

  /** The same graph for a session of nobody: it takes no seat, and its frames are not kept. */
  GraphSettings forRehearsal() {
    return new GraphSettings(
        pack,
        packDigest,
        grouping,
        IdentityPolicy.BUNDLED,
        null,
        IngestOptions.DEFAULT,
        ladder,
        rest,
        seats.unlimited(),
        maxInFlight,
        device,
        deviceWorkers,
        deviceThreads,
        deviceBatch,
        cpuPoolThreads,
        0,
        null,
        false);
  }
}
