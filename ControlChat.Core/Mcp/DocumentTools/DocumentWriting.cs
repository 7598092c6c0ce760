using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Files;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>Edits a document and writes it once: all edits or none, only over what was read, with what was there before kept.</summary>
internal static class DocumentWriting
{
    private const int MostDifference = 8_000;

    public static JsonObject Edit(WorkspaceRequest request, string path, IReadOnlyList<DocumentEdit> edits)
    {
        var whole = request.Files.ReadWhole(path);
        var editing = DocumentEditor.Apply(whole.Bytes, edits);
        if (editing is DocumentEditing.Refused refused) throw SectionView.NoSection(edits.Count > 1 ? $"Edit {refused.Edit + 1}: {refused.Why} Nothing was changed." : refused.Why, refused.Candidates);
        var edited = (DocumentEditing.Edited)editing;
        return request.Files.Write(path, edited.Bytes, whole.Version) switch
        {
            FileWriting.Written written => Answer(path, applied: true, edited.Messages, written.Backup, written.Version, DocumentDifference.Unified(path, whole.Bytes, edited.Bytes, MostDifference)),
            FileWriting.Unchanged unchanged => Answer(path, applied: false, [.. edited.Messages, "The document holds this already; nothing was written."], null, unchanged.Version, ""),
            var other => throw new ArgumentException($"{other} is no writing."),
        };
    }

    private static JsonObject Answer(string path, bool applied, IReadOnlyList<string> messages, string? backup, string version, string difference) => new()
    {
        ["path"] = path,
        ["applied"] = applied,
        ["messages"] = new JsonArray([.. messages.Select(m => (JsonNode)m)]),
        ["backup"] = backup,
        ["version"] = version,
        ["diff"] = difference,
    };
}
