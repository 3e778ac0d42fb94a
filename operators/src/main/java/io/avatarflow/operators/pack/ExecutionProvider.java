package io.avatarflow.operators.pack;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** The device's name, {@code cpu} or {@code cuda:N}. */
  String name();

  /**
   * Looks whether the device can be used at all.
   *
   * @throws PackException if it cannot, with a sentence that says what is missing
   */
  default void check() {}

  /** Registers the provider with a session that is about to be made. */
  void configure(OrtSession.SessionOptions options) throws OrtException;

  /**
   * Finds a provider by the name of its device, {@code cpu} or {@code cuda:N}.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static ExecutionProvider named(String name) {
    if (name.equals(CPU.name())) {
      return CPU;
    }
    Matcher cuda = Pattern.compile("cuda:(\\d{1,3})").matcher(name);
    if (cuda.matches()) {
      return new CudaProvider(Integer.parseInt(cuda.group(1)));
    }
    throw new IllegalArgumentException(
        "There is no execution provider \"%s\"; use cpu or cuda:N.".formatted(name));
  }
}
