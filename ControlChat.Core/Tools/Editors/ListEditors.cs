using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Editors;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Editors;

internal sealed class ListEditors : ReadTool<ListEditors.Arguments>
{
    public sealed record Arguments;

    public override ToolDefinition Definition { get; } = Define("editors.list",
        "Lists the editors the hub has: which files each opens, and whether it changes them or only shows them.");

    protected override Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(new ReadResult(new JsonObject { ["editors"] = JsonSerializer.SerializeToNode(EditorTable.All, Json.Wire) }, Untrusted: false));
}
