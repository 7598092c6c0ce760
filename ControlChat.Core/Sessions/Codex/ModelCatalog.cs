using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>A model catalogue with one entry. Without an entry Codex takes a model for one that cannot edit files.</summary>
internal static class ModelCatalog
{
    private static readonly string Template = Read();

    /// <param name="model">The name Codex asks for.</param>
    public static string For(string model)
    {
        var catalog = JsonNode.Parse(Template)!;
        var entry = catalog["models"]![0]!;
        (entry["slug"], entry["display_name"]) = (model, model);
        return catalog.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static string Read()
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("ControlChat.Core.Sessions.Codex.model-catalog.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
