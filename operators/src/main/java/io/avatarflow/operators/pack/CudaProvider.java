package io.avatarflow.operators.pack;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A GPU, by CUDA.
 *
 * <p>A graph with an operator that CUDA cannot run is refused: run on the processor in silence it
 * would copy its tensors back and forth at every step, and nobody would know why it is slow.
 *
 * @param device index of the GPU
 * @param built the providers that this build of ONNX Runtime has
 * @param registration registers the provider with a session's options
 */
record CudaProvider(int device, Supplier<Set<OrtProvider>> built, Registration registration)
    implements ExecutionProvider {

  /** Registers CUDA with the options of a session. */
  @FunctionalInterface
  interface Registration {
    void register(OrtSession.SessionOptions options, int device) throws OrtException;
  }

  CudaProvider(int device) {
    this(device, OrtEnvironment::getAvailableProviders, CudaProvider::register);
  }

  @Override
  public String name() {
    return "cuda:" + device;
  }

  @Override
  public void check() {
    Set<OrtProvider> known = built.get();
    if (!known.contains(OrtProvider.CUDA)) {
      throw new PackException(
          "Device \"%s\" needs ONNX Runtime for CUDA, and this build has it for %s; build with `mvn -Pcuda package`, or choose the device cpu."
              .formatted(
                  name(),
                  known.stream()
                      .map(provider -> provider.name().toLowerCase(Locale.ROOT))
                      .sorted()
                      .collect(Collectors.joining(", "))));
    }
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      registration.register(options, device);
    } catch (OrtException | UnsatisfiedLinkError e) {
      throw new PackException(
          "Device \"%s\" cannot be opened: the libraries of CUDA 12 and cuDNN 9, the driver or the GPU are missing (%s); use an image that has them, or choose the device cpu."
              .formatted(name(), firstLine(e.getMessage())),
          e);
    }
  }

  private static String firstLine(String message) {
    return message == null ? "no reason given" : message.strip().lines().findFirst().orElse("");
  }

  @Override
  public void configure(OrtSession.SessionOptions options) throws OrtException {
    options.addConfigEntry("session.disable_cpu_ep_fallback", "1");
    registration.register(options, device);
  }

  private static void register(OrtSession.SessionOptions options, int device) throws OrtException {
    PackRuntime.environment();
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device)) {
      // Rounded products would make pictures depend on the generation of the GPU.
      cuda.add("use_tf32", "0");
      // The default times all algorithms at the first run and may choose another one every time.
      cuda.add("cudnn_conv_algo_search", "HEURISTIC");
      cuda.add("arena_extend_strategy", "kSameAsRequested");
      options.addCUDA(cuda);
    }
  }
}
