using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>Several edits of one document, written once.</summary>
internal sealed class EditDocument() : WorkspaceTool<EditDocument.Arguments>("edit_document", AgentScopes.DocumentsWrite,
    "Makes several edits of one Markdown document in their order and writes it once: all of them or none. Each sees what those before it made.")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(DocumentWriting.Edit(request, arguments.Path, [.. arguments.Edits.Select(Of)]));

    private static DocumentEdit Of(Edit edit, int index) => edit switch
    {
        { Kind: "replace_section", HeadingPattern: { } pattern, NewContent: { } content, MinLevel: null, MaxLevel: null } => new DocumentEdit.ReplaceSection(pattern, content, edit.KeepHeading ?? true, edit.Occurrence),
        { Kind: "generate_toc", HeadingPattern: null, NewContent: null, KeepHeading: null, Occurrence: null } => new DocumentEdit.GenerateToc(edit.MinLevel ?? 2, edit.MaxLevel ?? Math.Max(3, edit.MinLevel ?? 0)),
        _ => throw ToolRefusedException.Invalid($"Edit {index + 1}: replace_section takes heading_pattern and new_content (and keep_heading, occurrence), generate_toc takes min_level and max_level."),
    };

    internal sealed record Arguments(
        [Description("The document, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path,
        [Description("What to do, in this order.")][MinLength(1)][MaxLength(DocumentEditor.MostEdits)] IReadOnlyList<Edit> Edits);

    internal sealed record Edit(
        [Description("What to do.")][AllowedValues("replace_section", "generate_toc")] string Kind,
        [Description("For replace_section: the title of the section as it reads.")][MaxLength(1000)] string? HeadingPattern = null,
        [Description("For replace_section: Markdown.")][MaxLength(10_485_760)] string? NewContent = null,
        [Description("For replace_section: false puts the content in the place of the heading too.")] bool? KeepHeading = null,
        [Description("For replace_section: which of several that fit, from 1.")][Range(1, 1_000_000)] int? Occurrence = null,
        [Description("For generate_toc: the highest level listed.")][Range(1, 6)] int? MinLevel = null,
        [Description("For generate_toc: the lowest level listed.")][Range(1, 6)] int? MaxLevel = null);
}
