package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the faces of a picture with a pack's aligner graph, which sees squares of S x S pixels.
 *
 * <p>It looks at the whole picture first; when that shows nothing, at overlapping parts of it,
 * since a face far away is too small in the whole. Every face is looked at once more from near, for
 * exact points. Immutable; safe for use by several threads.
 */
final class FaceFinder {
  private static final int POINTS = 5;
  private static final int TILES = 3;
  private static final double TILE_SHARE = 0.55;
  private static final double NEAR = 4.6;
  private static final int MOST = 8;

  private final GraphRunner graph;
  private final int side;
  private final double minScore;

  /**
   * @param graph the aligner
   * @param side S
   * @param minScore a place with less shows no face
   */
  FaceFinder(GraphRunner graph, int side, double minScore) {
    this.graph = graph;
    this.side = side;
    this.minScore = minScore;
  }

  /**
   * A face.
   *
   * @param score how sure the aligner is, 0 to 1
   * @param points x, y of both eyes, the nose and the corners of the mouth, pixels of the picture
   * @param yaw how far it is turned sideways, radians
   */
  record Face(double score, double[] points, double yaw) {
    double x() {
      return (points[0] + points[2] + points[6] + points[8]) / 4;
    }

    double y() {
      return (points[1] + points[3] + points[7] + points[9]) / 4;
    }

    /** Mean distance of eyes and mouth from the middle: a size that a turn changes little. */
    double size() {
      double sum = 0;
      for (int point : new int[] {0, 1, 3, 4}) {
        sum += Math.hypot(points[2 * point] - x(), points[2 * point + 1] - y());
      }
      return sum / 4;
    }
  }

  /** A square of the picture: its left and upper edge and its side, pixels. */
  private record View(double left, double top, double side) {}

  /** All faces, the largest first. */
  List<Face> find(RgbPicture picture) {
    double longer = Math.max(picture.width(), picture.height());
    View whole = new View((picture.width() - longer) / 2, (picture.height() - longer) / 2, longer);
    List<Face> faces = confirmed(picture, List.of(whole));
    if (faces.isEmpty()) {
      faces = confirmed(picture, tiles(picture));
    }
    return faces.stream().sorted(Comparator.comparingDouble(Face::size).reversed()).toList();
  }

  private static List<View> tiles(RgbPicture picture) {
    double tile = TILE_SHARE * Math.max(picture.width(), picture.height());
    List<View> views = new ArrayList<>();
    for (int row = 0; row < TILES; row++) {
      for (int column = 0; column < TILES; column++) {
        views.add(
            new View(
                (picture.width() - tile) * column / (TILES - 1),
                (picture.height() - tile) * row / (TILES - 1),
                tile));
      }
    }
    return views;
  }

  private List<Face> confirmed(RgbPicture picture, List<View> views) {
    List<Face> faces = new ArrayList<>();
    for (Face face : look(picture, views)) {
      fromNear(picture, face).ifPresent(faces::add);
    }
    return distinct(faces);
  }

  /** The same face with the points that a nearer look gives; empty when that shows none. */
  private Optional<Face> fromNear(RgbPicture picture, Face face) {
    double near = 2 * NEAR * face.size();
    View view = new View(face.x() - near / 2, face.y() - near / 2, near);
    return look(picture, List.of(view)).stream()
        .filter(other -> Math.hypot(other.x() - face.x(), other.y() - face.y()) < face.size())
        .max(Comparator.comparingDouble(Face::score));
  }

  /** The faces in some squares, the surest first, each once. */
  private List<Face> look(RgbPicture picture, List<View> views) {
    List<Map<String, Tensor>> rows = new ArrayList<>();
    for (View view : views) {
      Similarity toPicture = new Similarity(view.side() / side, 0, view.left(), view.top());
      rows.add(
          Map.of(
              "picture",
              Tensor.of(
                  ElementType.UINT8,
                  new int[] {side, side, 3},
                  toPicture.crop(picture, side, side).rgb())));
    }
    List<Map<String, Tensor>> results = new ArrayList<>();
    // One square a run: parts of a picture are looked at so seldom that batches are not worth it.
    rows.forEach(row -> results.addAll(graph.run(List.of(row))));
    List<Face> faces = new ArrayList<>();
    for (int i = 0; i < views.size(); i++) {
      faces.addAll(peaks(results.get(i), views.get(i)));
    }
    return distinct(faces);
  }

  private List<Face> peaks(Map<String, Tensor> result, View view) {
    float[] score = result.get("score").toFloats();
    float[] points = result.get("points").toFloats();
    float[] angles = result.get("angles").toFloats();
    double scale = view.side() / side;
    List<Face> faces = new ArrayList<>();
    for (int cell = 0; cell < score.length; cell++) {
      if (score[cell] >= minScore) {
        double[] placed = new double[2 * POINTS];
        for (int i = 0; i < placed.length; i++) {
          placed[i] =
              points[2 * POINTS * cell + i] * scale + (i % 2 == 0 ? view.left() : view.top());
        }
        faces.add(new Face(score[cell], placed, angles[2 * cell + 1]));
      }
    }
    return faces;
  }

  /** Of faces in the same place the surest one. */
  private static List<Face> distinct(List<Face> faces) {
    List<Face> kept = new ArrayList<>();
    for (Face face :
        faces.stream().sorted(Comparator.comparingDouble(Face::score).reversed()).toList()) {
      boolean fresh =
          kept.stream()
              .allMatch(
                  other ->
                      Math.hypot(other.x() - face.x(), other.y() - face.y())
                          > Math.max(other.size(), face.size()));
      if (fresh && kept.size() < MOST) {
        kept.add(face);
      }
    }
    return kept;
  }
}
