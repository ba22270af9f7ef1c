"""The photographer's side: camera that frames exactly, soft studio light, backgrounds for products and for queries."""

import math
import random

import bpy
import numpy as np
from mathutils import Matrix, Vector

LENS_MM, SENSOR_MM = 65.0, 36.0
MARGIN = 0.09  # of the picture's side, left free on each side of the object


def reset(size_px, samples, device="CPU"):
    """An empty scene with the renderer set up."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = device
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.seed = 1
    scene.cycles.max_bounces = 6
    scene.cycles.transparent_max_bounces = 24
    scene.cycles.caustics_reflective = False
    scene.cycles.caustics_refractive = False
    scene.render.resolution_x = scene.render.resolution_y = size_px
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    return scene


def _world(colour, strength):
    node = bpy.context.scene.world.node_tree.nodes["Background"]
    node.inputs["Color"].default_value = (*colour, 1)
    node.inputs["Strength"].default_value = strength


def view_axes(azimuth_deg, elevation_deg):
    """Right, up and backward (towards the camera) unit vectors; azimuth 0 looks at the front (−Y side)."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    back = np.array([math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)])
    right = np.array([math.cos(a), math.sin(a), 0.0])
    return right, np.cross(back, right), back


def frame(points, azimuth_deg, elevation_deg, margin=MARGIN):
    """Places the camera so that all points are inside the picture and as large as the margin allows.

    With t the tangent of half the (narrowed) field of view, a point (x, y, z) in view axes is inside when
    |x − cx| ≤ t (d − z): d is the smallest distance that leaves room for a centre on both axes.
    """
    right, up, back = view_axes(azimuth_deg, elevation_deg)
    x, y, z = points @ right, points @ up, points @ back
    t = SENSOR_MM / 2 / LENS_MM * (1 - 2 * margin)
    span = [((v + t * z).max(), (v - t * z).min()) for v in (x, y)]
    d = max((high - low) / (2 * t) for high, low in span)
    cx, cy = ((high + low) / 2 for high, low in span)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens, camera.data.sensor_width = LENS_MM, SENSOR_MM
    camera.data.clip_start, camera.data.clip_end = 0.01, 500
    place = cx * right + cy * up + d * back
    camera.matrix_world = Matrix([(right[i], up[i], back[i], place[i]) for i in range(3)] + [(0, 0, 0, 1)])
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return d


def _area_light(azimuth_deg, elevation_deg, distance, size, power, colour=(1, 1, 1)):
    light = bpy.data.lights.new("light", "AREA")
    light.shape, light.size, light.energy, light.color = "DISK", size, power, colour
    o = bpy.data.objects.new("light", light)
    _, _, back = view_axes(azimuth_deg, elevation_deg)
    o.location = Vector(back * distance) + Vector((0, 0, 0.5))
    o.rotation_euler = Vector(back).to_track_quat("Z", "Y").to_euler()
    bpy.context.collection.objects.link(o)


def product_light(azimuth_deg):
    """Soft key from the upper left of the camera, weak fill from the right, white all round."""
    _world((1.0, 1.0, 1.0), 0.42)
    _area_light(azimuth_deg - 50, 50, 5.0, 3.5, 270)
    _area_light(azimuth_deg + 65, 30, 6.0, 4.0, 85)


def _plane(size, name):
    bpy.ops.mesh.primitive_plane_add(size=size)
    o = bpy.context.object
    o.name = name
    return o


def shadow_floor():
    """Catches the contact shadow only; the picture stays transparent elsewhere."""
    bpy.context.scene.render.film_transparent = True
    _plane(200, "floor").is_shadow_catcher = True


def product_background(size_px):
    """Light neutral backdrop, a little darker towards the top: RGB floats, rows from the top."""
    y = np.linspace(0, 1, size_px)[:, None, None]
    return np.broadcast_to((0.885 + 0.05 * y) * np.array([1.0, 0.998, 0.992]), (size_px, size_px, 3))


# Wall and floor colours (linear RGB) of rooms in which shoppers take photos.
_WALLS = [(0.55, 0.50, 0.42), (0.30, 0.38, 0.34), (0.22, 0.30, 0.42), (0.50, 0.33, 0.26), (0.62, 0.60, 0.56),
          (0.36, 0.30, 0.38), (0.48, 0.44, 0.24), (0.20, 0.26, 0.22), (0.60, 0.46, 0.42), (0.40, 0.46, 0.50)]
_FLOORS = [(0.32, 0.19, 0.10), (0.45, 0.30, 0.18), (0.18, 0.11, 0.07), (0.40, 0.38, 0.35), (0.28, 0.28, 0.29),
           (0.50, 0.44, 0.36), (0.24, 0.20, 0.24), (0.34, 0.36, 0.30)]


def _surface(o, colour, pattern, scale, rng):
    """A procedural material: planks, tiles, carpet or plaster."""
    material = bpy.data.materials.new("surface")
    material.use_nodes = True
    tree = material.node_tree
    bsdf = tree.nodes["Principled BSDF"]
    bsdf.inputs["Roughness"].default_value = rng.uniform(0.5, 0.9)
    place = tree.nodes.new("ShaderNodeTexCoord")
    turn = tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value[2] = rng.uniform(0, math.pi)
    tree.links.new(place.outputs["Object"], turn.inputs["Vector"])
    dark = tuple(0.62 * c for c in colour)
    if pattern in ("planks", "tiles"):
        texture = tree.nodes.new("ShaderNodeTexBrick")
        texture.inputs["Color1"].default_value = (*colour, 1)
        texture.inputs["Color2"].default_value = (*(0.80 * c for c in colour), 1)
        texture.inputs["Mortar"].default_value = (*dark, 1)
        texture.inputs["Scale"].default_value = scale
        texture.inputs["Mortar Size"].default_value = 0.008
        texture.inputs["Brick Width"].default_value = 2.4 if pattern == "planks" else 0.6
        texture.inputs["Row Height"].default_value = 0.25 if pattern == "planks" else 0.6
        texture.offset = 0.37 if pattern == "planks" else 0.0
        output = texture.outputs["Color"]
    else:
        texture = tree.nodes.new("ShaderNodeTexNoise")
        texture.inputs["Scale"].default_value = scale * (40 if pattern == "carpet" else 2)
        texture.inputs["Detail"].default_value = 6
        mix = tree.nodes.new("ShaderNodeMixRGB")
        mix.inputs["Color1"].default_value = (*dark, 1)
        mix.inputs["Color2"].default_value = (*(min(1.0, 1.15 * c) for c in colour), 1)
        tree.links.new(texture.outputs["Fac"], mix.inputs["Fac"])
        output = mix.outputs["Color"]
        tree.links.new(turn.outputs["Vector"], texture.inputs["Vector"])
        tree.links.new(output, bsdf.inputs["Base Color"])
        o.data.materials.append(material)
        return
    tree.links.new(turn.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(output, bsdf.inputs["Base Color"])
    o.data.materials.append(material)


def room(azimuth_deg, rng: random.Random):
    """A shopper's room around the object: patterned floor, coloured wall behind, warm or cool light from anywhere."""
    bpy.context.scene.render.film_transparent = False
    floor = _plane(80, "floor")
    _surface(floor, rng.choice(_FLOORS), rng.choice(("planks", "tiles", "carpet", "carpet", "plaster")),
             rng.uniform(0.8, 2.2), rng)
    floor.location.z = -0.002
    wall = _plane(80, "wall")
    _, _, back = view_axes(azimuth_deg + rng.uniform(-12, 12), 0)
    wall.rotation_euler = Vector(back).to_track_quat("Z", "Y").to_euler()
    wall.location = Vector(-back * rng.uniform(1.6, 2.6))
    _surface(wall, rng.choice(_WALLS), rng.choice(("plaster", "plaster", "tiles")), rng.uniform(0.5, 1.5), rng)
    warm = rng.uniform(-1, 1)
    tint = (1.0 + 0.10 * warm, 1.0, 1.0 - 0.22 * warm) if warm > 0 else (1.0 + 0.12 * warm, 1.0, 1.0)
    side = rng.choice((-1, 1))
    _world(tint, rng.uniform(0.30, 0.55))
    _area_light(azimuth_deg + side * rng.uniform(15, 70), rng.uniform(35, 70), 5.0, rng.uniform(0.6, 2.0),
                rng.uniform(260, 420), tint)
    _area_light(azimuth_deg - side * rng.uniform(40, 80), rng.uniform(15, 40), 6.0, 3.0, rng.uniform(30, 90))
