using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.FileTools;

/// <summary>One directory, by pages.</summary>
internal sealed class ListFiles() : WorkspaceTool<ListFiles.Arguments>("list_workspace_files", AgentScopes.FilesRead,
    "Lists one directory of the workspace, not those below it, in pages. While there is a next_cursor, give it as cursor for the next page.")
{
    public const int Usual = 200;

    public static JsonObject List(WorkspaceRequest request, string? path, string? cursor, int? limit)
    {
        var page = request.Files.List(path ?? ".", cursor, limit ?? Usual);
        return new JsonObject
        {
            ["path"] = path ?? ".",
            ["items"] = new JsonArray([.. page.Items.Select(Item)]),
            ["total"] = page.Total,
            ["next_cursor"] = page.Cursor,
        };
    }

    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(List(request, arguments.Path, arguments.Cursor, arguments.Limit));

    private static JsonNode Item(DirectoryEntry entry) => new JsonObject
    {
        ["path"] = entry.Path,
        ["kind"] = entry.Kind switch { EntryKind.File => "file", EntryKind.Directory => "directory", EntryKind.Link => "link", _ => "other" },
        ["size"] = entry.Size,
        ["modified"] = entry.Modified is { } at ? Timestamps.Format(at) : null,
    };

    internal sealed record Arguments(
        [Description("The directory, relative to the workspace; without it the workspace itself.")][MaxLength(4096)] string? Path = null,
        [Description("The next_cursor of the page before.")][MaxLength(2048)] string? Cursor = null,
        [Description("Entries of one page; 200 unless said otherwise.")][Range(1, WorkspaceFiles.MostEntries)] int? Limit = null);
}
