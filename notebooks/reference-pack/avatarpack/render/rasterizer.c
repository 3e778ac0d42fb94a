// Visibility, vertex normals, blend shapes and deferred shading of one head.
// All arrays are dense, row-major float32 unless said; a pixel is y * width + x; screen y points down.
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { SKIN, SOCKET, GUMS, TEETH, EYE_LEFT, EYE_RIGHT, EYE_SOCKET, SHELL, CURTAIN, TORSO };

#define NOISE 32

typedef struct {
  int triangles;
  const int32_t *index;      // [triangles, 3]
  const uint8_t *part;       // [triangles]
  const float *uv;           // [triangles, 3, 2] texel coordinates
  const float *canonical;    // [vertices, 3] position in the neutral generic head
  const float *hair;         // [vertices, 2] density mask, layer height 0..1
  const float *noise;        // [32, 32, 32]
  float hair_seed;
} Mesh;

typedef struct {
  int lights;
  const float *light;        // [lights, 6] direction, colour
  const float *ambient;      // [6] sky, ground
  const float *texture;      // [texture_height, texture_width, 5] linear rgb, gloss, occlusion
  int texture_width, texture_height;
  const float *background;   // [pixels, 3]
  const float *shadow;       // [shadow_size, shadow_size] light-space depth
  int shadow_size;
  const float *shadow_axes;  // [3, 3]
  float shadow_scale;
  const float *camera;       // [3]
  const float *eye_centre;   // [2, 3]
  const float *iris;         // [3]
  const float *hair_colour;  // [3]
  const float *cloth_colour; // [3]
  const float *tooth_colour; // [3]
  float specular;
} Look;

static inline float clamp01(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static inline float step_between(float a, float b, float x) {
  float t = clamp01((x - a) / (b - a));
  return t * t * (3 - 2 * t);
}

static float value_noise(const float *table, float x, float y, float z) {
  float fx = floorf(x), fy = floorf(y), fz = floorf(z);
  int i = (int)fx & 31, j = (int)fy & 31, k = (int)fz & 31;
  int i1 = (i + 1) & 31, j1 = (j + 1) & 31, k1 = (k + 1) & 31;
  float a = x - fx, b = y - fy, c = z - fz;
  a = a * a * (3 - 2 * a); b = b * b * (3 - 2 * b); c = c * c * (3 - 2 * c);
#define AT(p, q, r) table[((p) * NOISE + (q)) * NOISE + (r)]
  float lo = (AT(i, j, k) * (1 - a) + AT(i1, j, k) * a) * (1 - b) + (AT(i, j1, k) * (1 - a) + AT(i1, j1, k) * a) * b;
  float hi = (AT(i, j, k1) * (1 - a) + AT(i1, j, k1) * a) * (1 - b) + (AT(i, j1, k1) * (1 - a) + AT(i1, j1, k1) * a) * b;
  return lo * (1 - c) + hi * c;
}

void add_shapes(int size, int shapes, const float *weight, const float *delta, float *out) {
  for (int s = 0; s < shapes; s++) {
    float w = weight[s];
    if (fabsf(w) < 1e-5f) continue;
    const float *d = delta + (long)s * size;
    for (int k = 0; k < size; k++) out[k] += w * d[k];
  }
}

void vertex_normals(int vertices, int triangles, const int32_t *index, const float *p, float *n) {
  memset(n, 0, sizeof(float) * 3 * vertices);
  for (int t = 0; t < triangles; t++) {
    const int32_t *f = index + 3 * t;
    const float *a = p + 3 * f[0], *b = p + 3 * f[1], *c = p + 3 * f[2];
    float u[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]}, v[3] = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
    float m[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
    for (int k = 0; k < 3; k++)
      for (int j = 0; j < 3; j++) n[3 * f[k] + j] += m[j];
  }
  for (int i = 0; i < vertices; i++) {
    float *q = n + 3 * i, l = 1 / sqrtf(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + 1e-20f);
    for (int j = 0; j < 3; j++) q[j] *= l;
  }
}

// A hair shell is a sheet full of holes: whether a strand reaches this layer at this place.
static int strand_here(const Mesh *m, const int32_t *f, float w0, float w1, float w2) {
  const float *a = m->canonical + 3 * f[0], *b = m->canonical + 3 * f[1], *c = m->canonical + 3 * f[2];
  const float *ha = m->hair + 2 * f[0], *hb = m->hair + 2 * f[1], *hc = m->hair + 2 * f[2];
  float x = w0 * a[0] + w1 * b[0] + w2 * c[0], y = w0 * a[1] + w1 * b[1] + w2 * c[1], z = w0 * a[2] + w1 * b[2] + w2 * c[2];
  float mask = w0 * ha[0] + w1 * hb[0] + w2 * hc[0], layer = ha[1];
  float coarse = value_noise(m->noise, x * 4.8f + m->hair_seed, y * .8f, z * 1.6f);
  float fine = value_noise(m->noise, x * 10.f, y * 1.3f + m->hair_seed, z * 3.f);
  return mask * 1.3f + (coarse - .5f) * .8f + (fine - .5f) * .5f > .30f + .60f * layer * layer;
}

// Nearest triangle of every pixel and its perspective-correct barycentric weights of vertices 1 and 2.
// screen: [vertices, 3] x, y in pixels and depth; triangle starts at -1, depth at a large number.
void rasterize(const Mesh *m, const float *screen, int width, int height, float *depth, int32_t *triangle, float *bary) {
  for (int t = 0; t < m->triangles; t++) {
    const int32_t *f = m->index + 3 * t;
    const float *a = screen + 3 * f[0], *b = screen + 3 * f[1], *c = screen + 3 * f[2];
    float area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    int shell = m->part[t] == SHELL;
    if (area == 0 || (shell && area > 0)) continue;
    int x0 = (int)ceilf(fminf(a[0], fminf(b[0], c[0])) - .5f), x1 = (int)floorf(fmaxf(a[0], fmaxf(b[0], c[0])) - .5f);
    int y0 = (int)ceilf(fminf(a[1], fminf(b[1], c[1])) - .5f), y1 = (int)floorf(fmaxf(a[1], fmaxf(b[1], c[1])) - .5f);
    if (x0 < 0) x0 = 0;
    if (y0 < 0) y0 = 0;
    if (x1 >= width) x1 = width - 1;
    if (y1 >= height) y1 = height - 1;
    if (x0 > x1 || y0 > y1) continue;
    float inverse = 1 / area, ia = 1 / a[2], ib = 1 / b[2], ic = 1 / c[2];
    for (int y = y0; y <= y1; y++)
      for (int x = x0; x <= x1; x++) {
        float px = x + .5f, py = y + .5f;
        float w1 = ((px - a[0]) * (c[1] - a[1]) - (py - a[1]) * (c[0] - a[0])) * inverse;
        float w2 = ((b[0] - a[0]) * (py - a[1]) - (b[1] - a[1]) * (px - a[0])) * inverse;
        float w0 = 1 - w1 - w2;
        if (w0 < 0 || w1 < 0 || w2 < 0) continue;
        float z = 1 / (w0 * ia + w1 * ib + w2 * ic);
        int o = y * width + x;
        if (z >= depth[o]) continue;
        float p1 = w1 * ib * z, p2 = w2 * ic * z;
        if (shell && !strand_here(m, f, 1 - p1 - p2, p1, p2)) continue;
        depth[o] = z;
        triangle[o] = t;
        bary[2 * o] = p1;
        bary[2 * o + 1] = p2;
      }
  }
}

// Depth only, orthographic, of the triangles marked in `use`.
void depth_map(int triangles, const int32_t *index, const uint8_t *use, const float *p, int size, float *depth) {
  for (int t = 0; t < triangles; t++) {
    if (!use[t]) continue;
    const float *a = p + 3 * index[3 * t], *b = p + 3 * index[3 * t + 1], *c = p + 3 * index[3 * t + 2];
    float area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    if (area == 0) continue;
    int x0 = (int)ceilf(fminf(a[0], fminf(b[0], c[0])) - .5f), x1 = (int)floorf(fmaxf(a[0], fmaxf(b[0], c[0])) - .5f);
    int y0 = (int)ceilf(fminf(a[1], fminf(b[1], c[1])) - .5f), y1 = (int)floorf(fmaxf(a[1], fmaxf(b[1], c[1])) - .5f);
    if (x0 < 0) x0 = 0;
    if (y0 < 0) y0 = 0;
    if (x1 >= size) x1 = size - 1;
    if (y1 >= size) y1 = size - 1;
    float inverse = 1 / area;
    for (int y = y0; y <= y1; y++)
      for (int x = x0; x <= x1; x++) {
        float px = x + .5f, py = y + .5f;
        float w1 = ((px - a[0]) * (c[1] - a[1]) - (py - a[1]) * (c[0] - a[0])) * inverse;
        float w2 = ((b[0] - a[0]) * (py - a[1]) - (b[1] - a[1]) * (px - a[0])) * inverse;
        float w0 = 1 - w1 - w2;
        if (w0 < 0 || w1 < 0 || w2 < 0) continue;
        float z = w0 * a[2] + w1 * b[2] + w2 * c[2];
        if (z < depth[y * size + x]) depth[y * size + x] = z;
      }
  }
}

// Per-vertex attribute with `channels` values at every covered pixel.
void gather(const Mesh *m, int pixels, int channels, const int32_t *triangle, const float *bary, const float *attribute, float *out) {
  for (int o = 0; o < pixels; o++) {
    if (triangle[o] < 0) continue;
    const int32_t *f = m->index + 3 * triangle[o];
    float w1 = bary[2 * o], w2 = bary[2 * o + 1], w0 = 1 - w1 - w2;
    for (int k = 0; k < channels; k++)
      out[o * channels + k] = w0 * attribute[f[0] * channels + k] + w1 * attribute[f[1] * channels + k] + w2 * attribute[f[2] * channels + k];
  }
}

static void texel(const Look *l, float u, float v, float out[5]) {
  float x = fminf(fmaxf(u - .5f, 0), l->texture_width - 1.001f), y = fminf(fmaxf(v - .5f, 0), l->texture_height - 1.001f);
  int i = (int)x, j = (int)y;
  float a = x - i, b = y - j;
  const float *p = l->texture + ((long)j * l->texture_width + i) * 5, *q = p + l->texture_width * 5;
  for (int k = 0; k < 5; k++) out[k] = (p[k] * (1 - a) + p[5 + k] * a) * (1 - b) + (q[k] * (1 - a) + q[5 + k] * a) * b;
}

// Share of light that reaches a world-space point: 16 taps of the light's depth map.
static float lit(const Look *l, const float w[3]) {
  const float *q = l->shadow_axes;
  int n = l->shadow_size;
  float x = n / 2 + (q[0] * w[0] + q[1] * w[1] + q[2] * w[2]) * l->shadow_scale;
  float y = n / 2 - (q[3] * w[0] + q[4] * w[1] + q[5] * w[2]) * l->shadow_scale;
  float d = 100 - (q[6] * w[0] + q[7] * w[1] + q[8] * w[2]) - .7f;
  int seen = 0;
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) {
      int u = (int)(x + i - 1.5f), v = (int)(y + j - 1.5f);
      u = u < 0 ? 0 : u >= n ? n - 1 : u;
      v = v < 0 ? 0 : v >= n ? n - 1 : v;
      seen += l->shadow[v * n + u] > d;
    }
  return seen / 16.f;
}

typedef struct {
  float albedo[3], specular, gloss, occlusion, wrap[3];
  int skin, hair;
} Surface;

static void iris_and_white(const Mesh *m, const Look *l, const float c[3], const float *centre, Surface *s) {
  float d[3] = {c[0] - centre[0], c[1] - centre[1], c[2] - centre[2]};
  float r = sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) + 1e-9f;
  float angle = acosf(fminf(fmaxf(d[2] / r, -1), 1)), turn = atan2f(d[1], d[0]);
  float fibre = .75f + .5f * value_noise(m->noise, turn * 9, angle * 14, 3);
  float in_iris = step_between(.42f, .47f, angle), pupil = step_between(.15f, .20f, angle), ring = (angle - .44f) / .05f;
  float limbus = 1 - .6f * expf(-ring * ring), tone = fibre * (1.25f - .5f * step_between(.3f, .44f, angle));
  float white = 1 - .35f * step_between(.6f, 1.2f, angle);
  static const float sclera[3] = {.78f, .74f, .71f};
  for (int k = 0; k < 3; k++)
    s->albedo[k] = ((l->iris[k] * tone * pupil + .004f * (1 - pupil)) * (1 - in_iris) + sclera[k] * white * in_iris) * limbus;
  s->specular = 1.5f;
  s->gloss = 150;
  s->occlusion = .48f + .52f * step_between(.25f, -.55f, c[1] - 4.05f);
}

static void surface_at(const Mesh *m, const Look *l, int t, const float w[3], const float c[3], const float world[3], float n[3], Surface *s) {
  int part = m->part[t];
  const int32_t *f = m->index + 3 * t;
  memset(s, 0, sizeof *s);
  s->occlusion = 1;
  s->gloss = 20;
  for (int k = 0; k < 3; k++) s->wrap[k] = .08f;
  float depth = .16f + .84f * step_between(6.2f, 10.6f, c[2]);
  if (part == SKIN || part == SOCKET || part == EYE_SOCKET) {
    const float *a = m->uv + 6 * t;
    float q[5];
    texel(l, w[0] * a[0] + w[1] * a[2] + w[2] * a[4], w[0] * a[1] + w[1] * a[3] + w[2] * a[5], q);
    for (int k = 0; k < 3; k++) s->albedo[k] = q[k];
    if (part == SOCKET) {
      s->specular = .25f; s->gloss = 40; s->occlusion = depth * .55f;
      return;
    }
    s->skin = 1;
    s->wrap[0] = .32f; s->wrap[1] = .18f; s->wrap[2] = .12f;
    s->specular = l->specular * (1 + .5f * q[3]);
    s->gloss = 18 + 22 * q[3];
    s->occlusion = q[4];
  } else if (part == GUMS) {
    s->albedo[0] = .36f; s->albedo[1] = .06f; s->albedo[2] = .06f;
    s->specular = .6f; s->gloss = 40; s->occlusion = depth * .8f;
  } else if (part == TEETH) {
    for (int k = 0; k < 3; k++) s->albedo[k] = l->tooth_colour[k];
    s->specular = .5f; s->gloss = 60; s->occlusion = (.12f + .88f * step_between(7.8f, 10.2f, c[2])) * (.3f + .7f * step_between(3.0f, 1.7f, fabsf(c[0])));
  } else if (part == EYE_LEFT || part == EYE_RIGHT) {
    iris_and_white(m, l, c, l->eye_centre + 3 * (part == EYE_RIGHT), s);
  } else if (part == SHELL || part == CURTAIN) {
    float strand, layer;
    if (part == SHELL) {
      const float *h = m->hair;
      layer = w[0] * h[2 * f[0] + 1] + w[1] * h[2 * f[1] + 1] + w[2] * h[2 * f[2] + 1];
      strand = .65f * value_noise(m->noise, c[0] * 5.f + m->hair_seed, c[1] * .9f, c[2] * 1.6f) + .35f * value_noise(m->noise, c[0] * 11.f, c[1] * 1.4f, c[2] * 3.2f);
    } else {
      float turn = atan2f(c[0], c[2]);
      strand = .6f * value_noise(m->noise, turn * 20 + m->hair_seed, c[1] * .25f, 1.5f) + .4f * value_noise(m->noise, turn * 42, c[1] * .35f, 7.5f);
      layer = .55f + .3f * strand;
    }
    for (int k = 0; k < 3; k++) s->albedo[k] = l->hair_colour[k] * (.35f + 1.0f * strand * layer + .3f * layer);
    n[0] += (strand - .5f) * .6f;
    s->hair = 1;
    for (int k = 0; k < 3; k++) s->wrap[k] = .35f;
    s->specular = .25f + .4f * strand; s->gloss = 14; s->occlusion = .35f + .65f * layer;
  } else {
    float weave = value_noise(m->noise, world[0] * 1.5f, world[1] * 1.5f, world[2] * 1.5f);
    for (int k = 0; k < 3; k++) s->albedo[k] = l->cloth_colour[k] * (.85f + .3f * weave);
    s->specular = .05f; s->occlusion = .55f + .45f * step_between(-13.5f, -16.5f, world[1]);
  }
}

// Linear colour of every pixel; view: [vertices, 3] positions relative to the camera, normal: [vertices, 3].
void shade(const Mesh *m, const Look *l, int pixels, const int32_t *triangle, const float *bary, const float *view, const float *normal, float *out) {
  for (int o = 0; o < pixels; o++) {
    float *q = out + 3 * o;
    int t = triangle[o];
    if (t < 0) {
      memcpy(q, l->background + 3 * o, sizeof(float) * 3);
      continue;
    }
    const int32_t *f = m->index + 3 * t;
    float w[3] = {1 - bary[2 * o] - bary[2 * o + 1], bary[2 * o], bary[2 * o + 1]};
    float p[3] = {0}, n[3] = {0}, c[3] = {0}, world[3], v[3];
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < 3; k++) {
        p[k] += w[i] * view[3 * f[i] + k];
        n[k] += w[i] * normal[3 * f[i] + k];
        c[k] += w[i] * m->canonical[3 * f[i] + k];
      }
    for (int k = 0; k < 3; k++) world[k] = p[k] + l->camera[k];
    Surface s;
    surface_at(m, l, t, w, c, world, n, &s);
    float length = 1 / sqrtf(n[0] * n[0] + n[1] * n[1] + n[2] * n[2] + 1e-18f), distance = 1 / sqrtf(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    for (int k = 0; k < 3; k++) { n[k] *= length; v[k] = -p[k] * distance; }
    float facing = n[0] * v[0] + n[1] * v[1] + n[2] * v[2];
    if (facing < 0 && !s.skin) {
      for (int k = 0; k < 3; k++) n[k] = -n[k];
      facing = -facing;
    }
    float grazing = 1 - clamp01(facing), grazing2 = grazing * grazing, fresnel = .04f + .96f * grazing2 * grazing2 * grazing;
    int part = m->part[t], in_mouth = part == SOCKET || part == GUMS || part == TEETH;
    float reach = in_mouth ? s.occlusion : .35f + .65f * s.occlusion;
    float sky = .5f + .5f * n[1], diffuse[3], shine[3] = {0}, shadow = part == TEETH ? 1 : lit(l, world);
    for (int k = 0; k < 3; k++) diffuse[k] = (l->ambient[k] * sky + l->ambient[3 + k] * (1 - sky)) * s.occlusion;
    for (int i = 0; i < l->lights; i++) {
      const float *g = l->light + 6 * i;
      float along = n[0] * g[0] + n[1] * g[1] + n[2] * g[2], open = i == 0 ? shadow : 1;
      for (int k = 0; k < 3; k++) {
        float through = s.skin && k == 0 ? .25f + .75f * open : s.skin && k == 1 ? .12f + .88f * open : open;
        float x = (along + s.wrap[k]) / (1 + s.wrap[k]);
        diffuse[k] += g[3 + k] * (x < 0 ? 0 : x) * through * reach;
      }
      float h[3] = {g[0] + v[0], g[1] + v[1], g[2] + v[2]};
      float half = (n[0] * h[0] + n[1] * h[1] + n[2] * h[2]) / sqrtf(h[0] * h[0] + h[1] * h[1] + h[2] * h[2] + 1e-18f);
      if (half > 0 && along > -.05f && s.specular > 0) {
        float r = powf(half, s.gloss) * (s.gloss + 8) / 25 * s.specular * (.4f + 2 * fresnel) * open * s.occlusion;
        if (s.skin) { float h2 = half * half, h4 = h2 * h2; r += h4 * h4 * .1f * s.specular * open; }
        for (int k = 0; k < 3; k++) shine[k] += g[3 + k] * r;
      }
    }
    float rim = s.skin ? .05f * grazing2 * grazing * s.occlusion : 0;
    for (int k = 0; k < 3; k++) q[k] = s.albedo[k] * diffuse[k] + shine[k] + rim * l->ambient[k];
  }
}

// Box filter of factor x factor samples, tone curve, gamma; out: uint8 [size, size, 3].
void develop(const float *linear, int size, int factor, uint8_t *out) {
  int width = size * factor;
  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++)
      for (int k = 0; k < 3; k++) {
        float sum = 0;
        for (int j = 0; j < factor; j++)
          for (int i = 0; i < factor; i++) {
            float a = linear[((long)(y * factor + j) * width + x * factor + i) * 3 + k];
            sum += a < 0 ? 0 : a * (1 + a / 2.5f) / (1 + a) * 1.25f;
          }
        sum /= factor * factor;
        out[(y * size + x) * 3 + k] = (uint8_t)(powf(sum > 1 ? 1 : sum, 1 / 2.2f) * 255 + .5f);
      }
}
