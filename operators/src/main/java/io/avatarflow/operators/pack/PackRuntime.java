package io.avatarflow.operators.pack;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.avatarflow.operators.program.GraphRunner;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The packs that are loaded in this process, shared and counted by reference.
 *
 * <p>A pack is known by (digest, provider, threads). The first {@link #acquire} checks it and opens
 * it, the last close releases every native session. A session of ONNX Runtime is made when a graph
 * is first asked for. One registry exists per class loader, and native libraries load only once in
 * a process: on a cluster the engine's jars belong into Flink's {@code lib/} folder.
 */
final class PackRuntime {
  private static final Map<Key, PackRuntime> LOADED = new HashMap<>();
  private static final Object LOCK = new Object();

  private final Key key;
  private final PackContents contents;
  private final Map<String, OnnxGraphRunner> runners = new HashMap<>();
  private int references;

  private record Key(String digest, String provider, int threads) {}

  private PackRuntime(Key key, PackContents contents) {
    this.key = key;
    this.contents = contents;
  }

  /** A new handle of the pack that the source holds. */
  static ModelPack acquire(PackSource source, OnnxOptions options) {
    PackContents contents;
    try {
      options.provider().check();
      contents = PackContents.open(source);
    } catch (PackException e) {
      source.close();
      throw e;
    }
    Key key = new Key(contents.digest(), options.provider().name(), options.intraOpThreads());
    synchronized (LOCK) {
      PackRuntime runtime = LOADED.get(key);
      if (runtime == null) {
        try {
          PackValidator.check(contents);
        } catch (PackException e) {
          contents.close();
          throw e;
        }
        runtime = new PackRuntime(key, contents);
        LOADED.put(key, runtime);
      } else {
        contents.close();
      }
      runtime.references++;
      return runtime.new Handle(options);
    }
  }

  /** How many packs are loaded; zero when every handle was closed. */
  static int loaded() {
    synchronized (LOCK) {
      return LOADED.size();
    }
  }

  private void release() {
    synchronized (LOCK) {
      if (--references == 0) {
        LOADED.remove(key);
        runners.values().forEach(OnnxGraphRunner::close);
        runners.clear();
        contents.close();
      }
    }
  }

  private OnnxGraphRunner runner(String graph, OnnxOptions options) {
    synchronized (LOCK) {
      return runners.computeIfAbsent(graph, name -> create(name, options));
    }
  }

  private OnnxGraphRunner create(String name, OnnxOptions options) {
    PackManifest manifest = contents.manifest();
    PackManifest.Graph graph =
        Optional.ofNullable(manifest.graphs().get(name))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "Pack \"%s\" has no graph \"%s\"; it has %s."
                            .formatted(
                                manifest.name(),
                                name,
                                String.join(", ", manifest.graphs().keySet()))));
    byte[] onnx = contents.read(graph.file());
    try (OrtSession.SessionOptions session = new OrtSession.SessionOptions()) {
      OrtEnvironment environment = environment();
      session.setIntraOpNumThreads(options.intraOpThreads());
      session.setInterOpNumThreads(1);
      session.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      session.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session.setDeterministicCompute(true);
      // A spinning pool would burn the cores that other sessions need.
      session.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.provider().configure(session);
      return new OnnxGraphRunner(
          environment,
          environment.createSession(onnx, session),
          manifest.name(),
          name,
          graph,
          manifest.batch());
    } catch (OrtException e) {
      throw new PackException(
          "Pack \"%s\": graph %s cannot be opened by ONNX Runtime on device %s (%s); export it for operator set 17, with operators that the device has."
              .formatted(manifest.name(), graph.file(), options.provider().name(), e.getMessage()),
          e);
    }
  }

  /** The process's environment, without which a provider cannot even say what it lacks. */
  static OrtEnvironment environment() throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "avatarflow");
    environment.setTelemetry(false);
    return environment;
  }

  private final class Handle implements ModelPack {
    private final OnnxOptions options;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Handle(OnnxOptions options) {
      this.options = options;
    }

    @Override
    public PackManifest manifest() {
      return contents.manifest();
    }

    @Override
    public String digest() {
      return contents.digest();
    }

    @Override
    public GraphRunner runner(String graph) {
      if (closed.get()) {
        throw new IllegalStateException(
            "Pack \"%s\" was closed; load it again.".formatted(manifest().name()));
      }
      return PackRuntime.this.runner(graph, options);
    }

    @Override
    public byte[] identity(String name) {
      String file = manifest().identities().get(name);
      if (file == null) {
        throw new IllegalArgumentException(
            "Pack \"%s\" bundles no identity \"%s\"; it has %s."
                .formatted(
                    manifest().name(), name, String.join(", ", manifest().identities().keySet())));
      }
      return contents.read(file);
    }

    @Override
    public byte[] bytes(String file) {
      return contents.read(file);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        release();
      }
    }
  }
}
