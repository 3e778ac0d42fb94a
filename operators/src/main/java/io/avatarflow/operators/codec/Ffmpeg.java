package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_WARNING;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;
import static org.bytedeco.ffmpeg.global.avutil.setLogCallback;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.LogCallback;
import org.bytedeco.javacpp.BytePointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every user of FFmpeg in this package needs: its log turned to slf4j, its error codes turned
 * to words.
 */
final class Ffmpeg {
  private static final Logger LOG = LoggerFactory.getLogger("io.avatarflow.ffmpeg");
  private static final LogCallback TO_SLF4J =
      new LogCallback() {
        @Override
        public void call(int level, BytePointer message) {
          if (LOG.isDebugEnabled()) {
            LOG.debug(message.getString(StandardCharsets.UTF_8).strip());
          }
        }
      };

  static {
    av_log_set_level(AV_LOG_WARNING);
    setLogCallback(TO_SLF4J);
  }

  private Ffmpeg() {}

  /** Loads the natives and silences their log; called before anything else of FFmpeg. */
  static void load() {
    // The work is done by the static initialiser, once.
  }

  /** FFmpeg's own words for an error code. */
  static String words(int error) {
    byte[] text = new byte[256];
    av_strerror(error, text, text.length);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.UTF_8);
  }

  /**
   * Passes a result that is not negative, and turns any other into an exception that starts with
   * {@code what}.
   */
  static int check(int result, String what) {
    if (result < 0) {
      throw new MediaException("%s: %s (FFmpeg error %d).".formatted(what, words(result), result));
    }
    return result;
  }

  /** A dictionary of options, freed by {@link #close}; FFmpeg takes out what it understood. */
  static final class Options implements AutoCloseable {
    private final AVDictionary dictionary = new AVDictionary(null);

    Options(Map<String, String> options) {
      options.forEach(
          (name, value) -> check(av_dict_set(dictionary, name, value, 0), "Option " + name));
    }

    AVDictionary dictionary() {
      return dictionary;
    }

    @Override
    public void close() {
      av_dict_free(dictionary);
    }
  }
}
