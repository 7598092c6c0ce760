using ControlChat.Faults.Embedding;
using ControlChat.Journeys.Browsing;

namespace ControlChat.Journeys.Embedding;

internal static class EmbedSite
{
    /// <summary>The parent's pages; the hub's are another origin to them.</summary>
    public static Site Of(EmbedBed bed) => new(bed.Parent.Url, new Uri(bed.Parent.Link), () => "", () => []);
}
