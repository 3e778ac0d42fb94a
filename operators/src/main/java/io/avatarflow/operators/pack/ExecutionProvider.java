package io.avatarflow.operators.pack;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.List;

/**
 * The device that ONNX Runtime runs graphs on.
 *
 * <p>The seam for accelerators: another provider configures the session's options and needs nothing
 * else of the engine.
 */
public interface ExecutionProvider {
  /** The processor; always there. */
  ExecutionProvider CPU =
      new ExecutionProvider() {
        @Override
        public String name() {
          return "cpu";
        }

        @Override
        public void configure(OrtSession.SessionOptions options) throws OrtException {
          options.addCPU(true);
        }
      };

  /** The name that options use. */
  String name();

  /** Registers the provider with a session that is about to be made. */
  void configure(OrtSession.SessionOptions options) throws OrtException;

  /**
   * Finds a provider by name.
   *
   * @throws IllegalArgumentException if this build has none of that name
   */
  static ExecutionProvider named(String name) {
    List<ExecutionProvider> known = List.of(CPU);
    return known.stream()
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Execution provider \"%s\" is not in this build; use %s."
                        .formatted(
                            name,
                            String.join(
                                ", ", known.stream().map(ExecutionProvider::name).toList()))));
  }
}
