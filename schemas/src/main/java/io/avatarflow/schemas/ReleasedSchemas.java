package io.avatarflow.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/**
 * The schemas that were ever released, as they were: readers use them to read what older producers
 * wrote, without a registry.
 */
public final class ReleasedSchemas {
  /** Number of the newest release; releases count from 1. */
  public static final int LATEST = 2;

  /** Types that several records share, each before those that use it. */
  private static final List<String> SHARED =
      List.of("common/VideoCodec", "common/SessionParameters");

  private ReleasedSchemas() {}

  /**
   * Returns a record's schema in every release, oldest first.
   *
   * @param recordName simple name of a top-level record, for example SessionInput
   * @throws IllegalArgumentException if there is no such record
   */
  public static List<Schema> of(String recordName) {
    List<Schema> schemas = new ArrayList<>();
    for (int release = 1; release <= LATEST; release++) {
      Schema.Parser parser = new Schema.Parser();
      for (String shared : SHARED) {
        parse(parser, release, shared);
      }
      schemas.add(parse(parser, release, recordName));
    }
    return List.copyOf(schemas);
  }

  private static Schema parse(Schema.Parser parser, int release, String name) {
    String resource = "released/" + release + "/" + name + ".avsc";
    try (InputStream in = ReleasedSchemas.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "There is no released schema " + resource + "; name a record of one of the topics.");
      }
      return parser.parse(in);
    } catch (IOException e) {
      throw new UncheckedIOException("The released schema " + resource + " cannot be read.", e);
    }
  }
}
