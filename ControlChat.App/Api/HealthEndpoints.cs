using System.Text.Json.Nodes;
using ControlChat.App.SignIn;
using ControlChat.Core.Hub;

namespace ControlChat.App.Api;

internal static class HealthEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().WithTags("Health");
        health.MapGet("/live", () => Results.Json(new JsonObject { ["status"] = "live" }, Json.Wire)).WithSummary("The process answers");
        health.MapGet("/ready", ReadyAsync).WithSummary("The database, the bus, the worker and the checkpoints serve").Produces(200).ProducesProblem(503);
    }

    private static async Task<IResult> ReadyAsync(IEnumerable<IReadinessPart> parts, ProxyDoor proxy, ProxyWatch watch, ProxyGuard guard, TimeProvider time, CancellationToken cancellationToken)
    {
        var faults = await Task.WhenAll(parts.Select(async part => (part.Name, Fault: await FaultAsync(part, time, cancellationToken))));
        var checks = new JsonObject();
        foreach (var (name, fault) in faults) checks[name] = fault ?? "ok";
        var said = new JsonObject { ["checks"] = checks };
        // Flags and no faults: whoever sends a request past the proxy must not be able to take the hub out of service.
        (said["proxy_headers"], said["proxy_guard"]) = (proxy.IsOn ? watch.State : "off", guard.State);
        if (faults.Any(f => f.Fault is not null)) return Problems.Result(503, "unavailable", "A part of the hub does not serve.", said);
        said.Insert(0, "status", "ready");
        return Results.Json(said, Json.Wire);
    }

    private static async Task<string?> FaultAsync(IReadinessPart part, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await part.FaultAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"No answer for {Patience.TotalSeconds:0} s.";
        }
    }
}
