"""One furniture model in Blender: import, orientation, believable materials, recolouring."""

import os
import re

import bpy
import numpy as np
from mathutils import Matrix

_METAL = re.compile(r"metal|chrom|steel|alu|inox|iron|brass|gold|silver|copper|nickel|tap|faucet", re.I)
_GLASS = re.compile(r"glass|vidrio|cristal|verre|mirror|espejo", re.I)
# Albedos beyond these do not occur in rooms: whiter burns out, blacker loses all shape.
_WHITEST, _BLACKEST = 0.80, 0.012
# Materials whose mean colours are closer than this (CIE Lab distance) are recoloured together.
_SAME_COLOUR = 22.0


def srgb_to_linear(c):
    c = np.asarray(c, dtype=float)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(c):
    c = np.clip(np.asarray(c, dtype=float), 0, None)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


def lab(linear):
    """CIE Lab (D65) of a linear RGB colour."""
    m = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = m @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def load(obj_path, rotation, size):
    """Imports a model, front to −Y, standing centred on the floor, its largest bounding-sphere radius 1.

    rotation: nine numbers, row-major, in the file's y-up axes; size: width, depth, height in any unit.
    """
    bpy.ops.wm.obj_import(filepath=obj_path, forward_axis="Y", up_axis="Z", validate_meshes=True)
    objects = [o for o in bpy.context.selected_objects if o.type == "MESH"]
    turn = Matrix([rotation[0:3], rotation[3:6], rotation[6:9]]).to_4x4()
    stand = Matrix([(1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)])  # y up → z up
    for o in objects:
        o.data.transform(stand @ turn @ o.matrix_world)
        o.matrix_world = Matrix.Identity(4)
    low, high = bounds(objects)
    scale = np.array(size) / np.maximum(high - low, 1e-9)
    centre = (low + high) / 2
    radius = np.linalg.norm(np.array(size)) / 2
    fit = Matrix.Diagonal((*(scale / radius), 1)) @ Matrix.Translation((-centre[0], -centre[1], -low[2]))
    for o in objects:
        o.data.transform(fit)
        o.data.update()
        for polygon in o.data.polygons:
            if not o.data.has_custom_normals:
                polygon.use_smooth = True
    _set_materials(objects)
    return objects


def vertices(objects):
    """All vertices that some face uses, as an N×3 array."""
    parts = []
    for o in objects:
        points = np.empty(len(o.data.vertices) * 3, dtype=np.float32)
        o.data.vertices.foreach_get("co", points)
        loops = np.empty(len(o.data.loops), dtype=np.int32)
        o.data.loops.foreach_get("vertex_index", loops)
        parts.append(points.reshape(-1, 3)[np.unique(loops)])
    return np.concatenate(parts)


def bounds(objects):
    points = vertices(objects).astype(float)
    return points.min(axis=0), points.max(axis=0)


def _principled(material):
    for node in material.node_tree.nodes:
        if node.type == "BSDF_PRINCIPLED":
            return node
    return None


def _texture(bsdf):
    links = bsdf.inputs["Base Color"].links
    return links[0].from_node if links and links[0].from_node.type == "TEX_IMAGE" else None


def _set_materials(objects):
    """OBJ materials were written for a rasteriser; this gives them plausible roughness, metalness and albedo.

    Their colours are meant as seen on the screen (sRGB), so they are made linear here.
    """
    for material in {s.material for o in objects for s in o.material_slots if s.material}:
        bsdf = _principled(material)
        if bsdf is None:
            continue
        name = material.name
        colour = srgb_to_linear(bsdf.inputs["Base Color"].default_value[:3]) * _WHITEST
        opacity = bsdf.inputs["Alpha"].default_value
        roughness = bsdf.inputs["Roughness"].default_value
        texture = _texture(bsdf)
        if texture is not None and not (texture.image and texture.image.size[0]):
            material.node_tree.nodes.remove(texture)  # a picture the archive lacks would render magenta
            texture = None
        bsdf.inputs["Roughness"].default_value = float(np.clip(roughness, 0.25, 0.85))
        bsdf.inputs["Specular IOR Level"].default_value = 0.35
        bsdf.inputs["Metallic"].default_value = 0.0
        bsdf.inputs["Transmission Weight"].default_value = 0.0
        if texture is None:
            grey = np.ptp(colour) < 0.08
            if _METAL.search(name) and colour.mean() > 0.05 and (grey or not re.search("table", name, re.I)):
                bsdf.inputs["Metallic"].default_value = 0.75
                bsdf.inputs["Roughness"].default_value = 0.32
                colour = np.maximum(colour, 0.35) if grey else colour
            if _GLASS.search(name) or opacity < 0.95:
                bsdf.inputs["Roughness"].default_value = 0.08
                bsdf.inputs["Specular IOR Level"].default_value = 0.6
            colour = np.clip(colour, _BLACKEST, _WHITEST)
            bsdf.inputs["Base Color"].default_value = (*colour, 1)
            bsdf.inputs["Alpha"].default_value = max(opacity, 0.22)
        else:
            _temper_texture(material, bsdf, texture)
        if sum(bsdf.inputs["Emission Color"].default_value[:3]) > 0:
            bsdf.inputs["Emission Strength"].default_value = min(bsdf.inputs["Emission Strength"].default_value, 0.3)


def _temper_texture(material, bsdf, texture):
    """Darkens the texture to the albedo limit and uses its alpha channel, as Sweet Home 3D does."""
    tree = material.node_tree
    scale = tree.nodes.new("ShaderNodeMixRGB")
    scale.name = "temper"
    scale.blend_type = "MULTIPLY"
    scale.inputs["Fac"].default_value = 1
    scale.inputs["Color2"].default_value = (_WHITEST, _WHITEST, _WHITEST, 1)
    tree.links.new(texture.outputs["Color"], scale.inputs["Color1"])
    tree.links.new(scale.outputs["Color"], bsdf.inputs["Base Color"])
    if texture.image and texture.image.depth == 32 and not bsdf.inputs["Alpha"].links:
        tree.links.new(texture.outputs["Alpha"], bsdf.inputs["Alpha"])


_mean_cache = {}


def _mean_texture_colour(image):
    """Mean linear colour of the opaque pixels (sampled) of a texture."""
    key = bpy.path.abspath(image.filepath)
    if key not in _mean_cache:
        if image.size[0] == 0:
            return np.array([0.5, 0.5, 0.5])
        pixels = np.empty(len(image.pixels), dtype=np.float32)
        image.pixels.foreach_get(pixels)
        pixels = pixels.reshape(-1, image.channels if image.channels else 4)
        pixels = pixels[:: max(1, len(pixels) // 20000)]
        if pixels.shape[1] == 4 and (pixels[:, 3] > 0.5).any():
            pixels = pixels[pixels[:, 3] > 0.5]
        _mean_cache[key] = srgb_to_linear(pixels[:, :3]).mean(axis=0)
    return _mean_cache[key]


def surfaces(objects):
    """Per material: (material, area, mean linear colour, opacity, texture node or None), largest area first."""
    area, material_of = {}, {}
    for o in objects:
        mesh = o.data
        if not mesh.polygons:
            continue
        index = np.empty(len(mesh.polygons), dtype=np.int32)
        size = np.empty(len(mesh.polygons), dtype=np.float32)
        mesh.polygons.foreach_get("material_index", index)
        mesh.polygons.foreach_get("area", size)
        for i, slot in enumerate(o.material_slots):
            if slot.material:
                material_of[slot.material.name] = slot.material
                area[slot.material.name] = area.get(slot.material.name, 0) + float(size[index == i].sum())
    rows = []
    for name, a in area.items():
        bsdf = _principled(material_of[name])
        if bsdf is None:
            continue
        nodes = [n for n in material_of[name].node_tree.nodes if n.type == "TEX_IMAGE" and n.image and
                 any(link.to_node.name == "temper" for link in n.outputs["Color"].links)]
        texture = nodes[0] if nodes else None
        colour = (_mean_texture_colour(texture.image) * _WHITEST if texture
                  else np.array(bsdf.inputs["Base Color"].default_value[:3]))
        opacity = 1.0 if texture else bsdf.inputs["Alpha"].default_value
        rows.append((material_of[name], a, colour, opacity, texture))
    return sorted(rows, key=lambda r: -r[1])


def dominant(objects):
    """The colour a shopper would name: the opaque materials around the largest one's colour.

    Returns (rows of `surfaces`, their mean linear colour, their share of the whole area), or None without materials.
    """
    rows = surfaces(objects)
    opaque = [r for r in rows if r[3] > 0.6 and not _GLASS.search(r[0].name)] or rows
    if not opaque:
        return None
    # The first material alone may be one of many shades: take the group that covers most.
    best = max(([r for r in opaque if np.linalg.norm(lab(r[2]) - lab(seed[2])) < _SAME_COLOUR] for seed in opaque[:6]),
               key=lambda group: sum(r[1] for r in group))
    weight = np.array([r[1] for r in best])
    mean = np.average([r[2] for r in best], axis=0, weights=weight) if weight.sum() else best[0][2]
    return best, mean, weight.sum() / max(sum(r[1] for r in rows), 1e-9)


def recolour(objects, linear, metallic=None, roughness=None):
    """Gives the dominant materials a new colour; shades among them and the texture's grain stay."""
    found = dominant(objects)
    if found is None:
        return
    group, mean, _ = found
    for material, _, colour, _, texture in group:
        bsdf = _principled(material)
        shade = np.clip((colour.mean() + 0.02) / (mean.mean() + 0.02), 0.6, 1.5)
        target = np.clip(np.asarray(linear) * shade, _BLACKEST, _WHITEST)
        if texture is None:
            bsdf.inputs["Base Color"].default_value = (*target, 1)
        else:
            _tint(material, bsdf, texture, target, colour)
        if metallic is not None:
            bsdf.inputs["Metallic"].default_value = metallic
        if roughness is not None:
            bsdf.inputs["Roughness"].default_value = roughness


def _tint(material, bsdf, texture, target, mean):
    """Base colour = target × (texture's luminance ÷ its mean), so the grain survives."""
    tree = material.node_tree
    grey = tree.nodes.new("ShaderNodeRGBToBW")
    gain = tree.nodes.new("ShaderNodeMath")
    gain.operation = "MULTIPLY"
    luminance = float(np.dot(mean, (0.2126, 0.7152, 0.0722))) / _WHITEST
    gain.inputs[1].default_value = 1.0 / max(luminance, 0.02)
    limit = tree.nodes.new("ShaderNodeMath")
    limit.operation = "MINIMUM"
    limit.inputs[1].default_value = float(min(1.8, _WHITEST / max(target.max(), 0.02)))
    paint = tree.nodes.new("ShaderNodeVectorMath")
    paint.operation = "SCALE"
    paint.inputs[0].default_value = tuple(target)
    tree.links.new(texture.outputs["Color"], grey.inputs[0])
    tree.links.new(grey.outputs[0], gain.inputs[0])
    tree.links.new(gain.outputs[0], limit.inputs[0])
    tree.links.new(limit.outputs[0], paint.inputs["Scale"])
    tree.links.new(paint.outputs[0], bsdf.inputs["Base Color"])
