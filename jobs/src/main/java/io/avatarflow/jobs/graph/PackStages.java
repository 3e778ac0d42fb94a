package io.avatarflow.jobs.graph;

import io.avatarflow.jobs.capacity.Admission;
import io.avatarflow.operators.audio.LogMelStage;
import io.avatarflow.operators.blend.BlendStage;
import io.avatarflow.operators.codec.EncodeStage;
import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.host.StageGroupFactory;
import io.avatarflow.operators.host.SubtaskPlace;
import io.avatarflow.operators.host.Worker;
import io.avatarflow.operators.ingest.IngestStage;
import io.avatarflow.operators.ingest.LoadLadder;
import io.avatarflow.operators.pack.ExecutionProvider;
import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.OnnxOptions;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.program.ProgramStage;
import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.IdentitySource;
import io.avatarflow.operators.stage.Stage;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Makes the stages of one operator from the job's model pack, on the worker.
 *
 * <p>The pack is loaded once a process; the group holds a handle on it until a while after its
 * stages are closed, see {@link PackLinger}.
 */
final class PackStages implements StageGroupFactory {
  private static final long serialVersionUID = 1L;

  private final List<StageName> names;
  private final GraphSettings settings;

  PackStages(List<StageName> names, GraphSettings settings) {
    this.names = List.copyOf(names);
    this.settings = settings;
  }

  @Override
  public List<Stage<?>> create(Worker worker) {
    Accelerator device = settings.device().on(worker);
    ModelPack pack = load(settings, ExecutionProvider.named(device.id()));
    Deque<AutoCloseable> held = new ArrayDeque<>();
    held.push(() -> PackLinger.release(pack));
    if (settings.rehearsal() && names.contains(StageName.INGEST)) {
      Rehearsal.begin(settings, pack);
    }
    Map<AvatarMetric, LongSupplier> gauges = new EnumMap<>(AvatarMetric.class);
    List<Stage<?>> stages = new ArrayList<>();
    try {
      for (StageName name : names) {
        if (name == StageName.ENCODE && settings.rawFramesDir() != null) {
          stages.add(new RawFramesStage(Path.of(settings.rawFramesDir()), pack.manifest()));
        }
        stages.add(
            name == StageName.INGEST
                ? ingest(pack, device, worker.place(), held, gauges)
                : create(name, pack));
      }
      stages.set(0, new ClosingStage<>(stages.get(0), held, gauges));
      return stages;
    } catch (RuntimeException e) {
      ClosingStage.close(held);
      throw e;
    }
  }

  private Stage<?> ingest(
      ModelPack pack,
      Accelerator device,
      SubtaskPlace place,
      Deque<AutoCloseable> held,
      Map<AvatarMetric, LongSupplier> gauges) {
    Admission admission = Admission.open(settings.seats(), pack, device, place);
    held.push(admission);
    LoadLadder ladder =
        new LoadLadder(
            new Ladder(pack.manifest()),
            DeviceLoad.of(device.id()),
            settings.ladder(),
            settings.rest());
    gauges.putAll(admission.gauges());
    gauges.put(AvatarMetric.LADDER_LEVEL, ladder::level);
    return new IngestStage(
        pack.manifest(),
        pack.digest(),
        settings.ingest(),
        identities(pack),
        admission.policy(),
        ladder);
  }

  /** Loads the pack that the settings name and checks the digest they pin. */
  private static ModelPack load(GraphSettings settings, ExecutionProvider provider) {
    ModelPack pack =
        ModelPack.load(
            PackSource.of(settings.pack()), new OnnxOptions(provider, settings.deviceThreads()));
    if (settings.packDigest() != null && !settings.packDigest().equalsIgnoreCase(pack.digest())) {
      String digest = pack.digest();
      pack.close();
      throw new IllegalArgumentException(
          "Pack \"%s\" has digest %s, the job pins %s; give the pack that was pinned or change --pack-digest."
              .formatted(settings.pack(), digest, settings.packDigest()));
    }
    return pack;
  }

  private Stage<?> create(StageName name, ModelPack pack) {
    PackManifest manifest = pack.manifest();
    return switch (name) {
      case INGEST -> throw new IllegalArgumentException("Ingest is made with its admission.");
      case FEATURES -> new LogMelStage(manifest.clock(), manifest.audio());
      case MOTION -> program("motion", "motion", pack);
      case DENOISE -> program("denoise", "denoise", pack);
      case BLEND -> new BlendStage(manifest);
      case DECODE -> program("decode", "render", pack);
      case ENCODE ->
          new EncodeStage(
              new EncodeStage.Format(
                  manifest.clock().fps(),
                  manifest.clock().framesPerBlock(),
                  manifest.picture().width(),
                  manifest.picture().height(),
                  manifest.audio().sampleRate()),
              new Ladder(manifest));
    };
  }

  private ProgramStage program(String name, String manifestStage, ModelPack pack) {
    int allowed = pack.manifest().batch().max();
    int rows = settings.deviceBatch() == 0 ? allowed : Math.min(allowed, settings.deviceBatch());
    return new ProgramStage(
        name, pack.manifest(), pack.digest(), manifestStage, rows, pack::runner);
  }

  private IdentitySource identities(ModelPack pack) {
    return Identities.of(
        pack,
        settings.identityPolicy(),
        Optional.ofNullable(settings.identityRoot()).map(Path::of));
  }
}
