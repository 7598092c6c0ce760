using System.Diagnostics;
using System.Security.Claims;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;

namespace ControlChat.App.Api;

/// <summary>Who makes this request, and from where: set once by <see cref="Authentication"/>.</summary>
public static class RequestPrincipal
{
    /// <summary>The signed-in person or token; null without either.</summary>
    public static Principal? GetPrincipal(this HttpContext context) => (context.User.Identity as PrincipalIdentity)?.Principal;

    /// <summary>For routes that need sign-in, which is every route not marked <c>AllowAnonymous</c>.</summary>
    /// <exception cref="ApiException">401; a route that forgot nothing never gets here.</exception>
    public static Principal RequirePrincipal(this HttpContext context) => context.GetPrincipal() ?? throw ApiException.Unauthenticated();

    /// <summary>The origin of a tool call that comes over REST.</summary>
    public static CallOrigin RestOrigin(this HttpContext context) => new("rest", TraceId: context.TraceId());

    /// <summary>Leads from an answer to its log lines; 32 hex digits.</summary>
    public static string TraceId(this HttpContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity) return activity.TraceId.ToHexString();
        if (context.Items[typeof(ActivityTraceId)] is string id) return id;
        id = ActivityTraceId.CreateRandom().ToHexString();
        context.Items[typeof(ActivityTraceId)] = id;
        return id;
    }
}

/// <summary>Carries the principal through <see cref="HttpContext.User"/> into circuits, which keep that and nothing else of the request.</summary>
/// <param name="zone">The time zone the browser says it is in; null when it has not said.</param>
public sealed class PrincipalIdentity(Principal principal, string? zone = null) : ClaimsIdentity([new Claim(ClaimTypes.Name, principal.Name)], "hub")
{
    public Principal Principal { get; } = principal;

    public string? Zone { get; } = zone;

    // The circuit's connection clones the user.
    public override ClaimsIdentity Clone() => new PrincipalIdentity(Principal, Zone);
}
