using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>An admin takes what a server says of a tool now in place of what is pinned. An action of its page: no model is offered it.</summary>
internal sealed class AcceptDefinition : WriteTool<AcceptDefinition.Arguments>
{
    public sealed record Arguments(
        [Description("The server.")][MaxLength(64)] string Server,
        [Description("The tool, as the server calls it.")][MaxLength(ServerTool.MostName)] string Tool,
        [Description("The hash of the definition that was looked at.")][MaxLength(64)] string Hash);

    public override ToolDefinition Definition { get; } = Define(ToolServers.Accept, ToolScope.Write, "Accepts the changed definition of an outside tool.") with { IsCommand = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (!context.Principal.IsAdmin || context.Principal.IsToken) throw ToolRefusedException.Denied("Only a signed-in admin accepts what a tool server changed.");
        var pin = await ServerToolPins.FindAsync(context.Reader, arguments.Server, arguments.Tool, cancellationToken) ?? throw ToolRefusedException.NotFound("There is no such tool.");
        if (pin.ChangedHash != arguments.Hash) throw ToolRefusedException.Conflict("The server says something else of this tool by now. Look at the difference again.");
        var resource = $"{ServerTool.Resource}/{pin.Server}.{pin.Name}";
        return new PlanDraft(
            new JsonObject { ["server"] = pin.Server, ["tool"] = pin.Name, ["hash"] = arguments.Hash }, $"Accept what '{pin.Server}' says of its tool {pin.Name} now",
            [new Effect("update", resource, "definition", pin.IsNew ? null : JsonNode.Parse(pin.Definition), JsonNode.Parse(pin.ChangedDefinition!))], [new ReadVersion(resource, pin.Version)], ToolScope.Write)
        {
            Untrusted = true,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var (server, tool, hash) = (plan.Arguments["server"]!.GetValue<string>(), plan.Arguments["tool"]!.GetValue<string>(), plan.Arguments["hash"]!.GetValue<string>());
        if (!await ServerToolPins.AcceptAsync(context.Transaction, server, tool, hash, context.Principal.AccountId, cancellationToken))
            throw ToolRefusedException.Conflict("The server says something else of this tool by now. Look at the difference again.");
        context.Transaction.Hint(ToolServers.Topic, server);
        return new JsonObject { ["server"] = server, ["tool"] = tool, ["definition_hash"] = hash };
    }
}
