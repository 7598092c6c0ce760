using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.FileTools;

/// <summary>A text file, whole or in parts.</summary>
internal sealed class ReadFile() : WorkspaceTool<ReadFile.Arguments>("read_workspace_file", AgentScopes.FilesRead,
    "Reads a text file of the workspace. A long one is read in parts: give offset and limit in bytes, and go on at next_offset until it is null.")
{
    public static JsonObject Read(WorkspaceRequest request, string path, long? offset, int? limit)
    {
        var text = request.Files.Read(path, offset, limit);
        return new JsonObject
        {
            ["path"] = path,
            ["content"] = text.Content,
            ["encoding"] = text.Encoding,
            ["size"] = text.Size,
            ["offset"] = text.Offset,
            ["next_offset"] = text.NextOffset,
            ["version"] = text.Version,
        };
    }

    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(Read(request, arguments.Path, arguments.Offset, arguments.Limit));

    internal sealed record Arguments(
        [Description("The file, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path,
        [Description("Where to begin, in bytes.")][Range(0, 9007199254740991)] long? Offset = null,
        [Description("How many bytes, at most.")][Range(1, 10_485_760)] int? Limit = null);
}
