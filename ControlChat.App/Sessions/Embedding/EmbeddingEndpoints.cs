using System.Text.RegularExpressions;
using ControlChat.App.Api;
using ControlChat.App.Start;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.Sessions.Embedding;

/// <summary>
/// A session inside the page of another application. The page is public and holds nothing: what it shows it asks for with a ticket
/// that the parent's server fetched. It looks at no cookie and sets none; no decision is made on it.
/// </summary>
internal static partial class EmbeddingEndpoints
{
    public static void MapEmbedding(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/embed/sessions/{id}", Show).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();

    private static RazorComponentResult<EmbedPage> Show(string id, HttpContext context, IHubSettings settings, OwnAddresses own)
    {
        var parents = EmbedParent.Of(settings.Current.Embed);
        if (parents.Count == 0) throw ApiException.NotFound("No page of this hub may be framed (Embed:Origins).");
        if (!SessionId().IsMatch(id)) throw SessionEndpoints.NotFound();
        EmbedHeaders.Set(context, own, parents);
        return new RazorComponentResult<EmbedPage>(new { Id = id, Parents = EmbedParent.Told(parents) });
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex SessionId();
}
