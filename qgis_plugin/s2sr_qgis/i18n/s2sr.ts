<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
<context>
    <name>S2SR</name>
    <message>
        <source>. In QGIS, the library can be named in Settings &gt; Options &gt; Processing &gt; Providers &gt; Sentinel-2 super-resolution &gt; ONNX Runtime library.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>10 m</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>5 m</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A Sentinel-2 Level-1C or Level-2A product: its SAFE folder, any part of that, or an archive of it (zip, tar); an EOPF Zarr or Theia product; a STAC item (a JSON file, or its address); a folder with one raster per band (B02, nir08, ... in the file names; 'folder/*20200131*' for some of its files); or a raster, layer or netCDF file whose bands have names.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A layer that is super-resolved only where it is looked at.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A virtual layer may name installed networks only, not the file {}. Choose one of these, or set the GDAL configuration option {}=YES where you trust the files that you open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Additive offset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adds the bands that already have the target resolution, so that all lie in one file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adds the expected error of each super-resolved band as a band of its own (B5_uncertainty), and a second layer that shows it. About two thirds of all errors are smaller. At 10 m only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write a mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write how uncertain it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write the native bands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write the scene classification</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Assess super-resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best (eight times slower)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best: the networks see each part turned and mirrored in eight ways, and the results are averaged. A little more accurate, and eight times slower.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both end in .tif. A COG holds overviews and suits web servers, and takes a little longer to write.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings the 20 m and 60 m bands of a Sentinel-2 Level-1C or Level-2A product to 10 m, or all bands to 5 m, with neural networks.

The result lies exactly on the source: same coordinate reference system, same origin, pixels of exactly 10 m or 5 m. The file keeps the product's digital numbers, offset and no-data (0) included, and says their scale, so that QGIS shows and calculates reflectance. B10 is never super-resolved.

Memory use does not grow with the size of the product. The run can be cancelled at any time; no partial file is left.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings the 20 m and 60 m bands of a Sentinel-2 product to 10 m, or all bands to 5 m.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. No output was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. Nothing was changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a SAFE, Zarr or Theia folder, or a folder with one raster per band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose an .onnx file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cloud optimised GeoTIFF (COG)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cutline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Digital numbers per unit of reflectance, where the product does not say it: 10000, or 1 for reflectance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. Start QGIS anew to use the new version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloading {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine library (empty: search)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine: s2sr {} ({})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Floats from 0 to 1, without scale and offset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For a raster whose bands have no names: what they are, in their order, such as B2,B3,B4; - leaves one out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GeoTIFF</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HTML files (*.html)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In this profile: {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Incorrect parameter value for {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install from a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install from a file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install the engine…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing the s2sr engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level-2A: the classes (SCL) as the last band, with their names and colours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measures how well super-resolution works on this product, by Wald's protocol: all bands are made coarser by the factor in question, super-resolved, and compared with the bands as they were. Bicubic resampling is scored beside it. The scores hold for the coarser scale; that they carry over to the finer one is the protocol's assumption.

The report opens in the results viewer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measures on your own product how well super-resolution works, against bicubic resampling.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models folder (empty: the engine's own)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of the bands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No-data value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ONNX Runtime library (empty: search)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ONNX models (*.onnx)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other programs read the file with GDAL_DRIVER_PATH={}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons, in any coordinate reference system: the result covers them, and has no data outside.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Putting it in place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quantification value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 as virtual 10 m layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 product</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 product folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 super-resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 super-resolution (DSen2, VDSR)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Super-resolve Sentinel-2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Super-resolved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Target resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The .vrt file to write.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GeoTIFF to write. It appears only when it is complete.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The HTML report, one file with its pictures inside.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Python of QGIS was not found, so nothing can be downloaded. Download the wheels of s2sr and onnxruntime yourself, and install them from files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The bands to super-resolve, such as B5,B11; among {}. None: all that the product has and the model can sharpen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cutline is no file that stays, or its file holds more layers, or lacks the filter, the edits or the coordinate reference system that the layer has, and a virtual layer reads it again and again: save it as GeoPackage or GeoJSON, a layer by itself, and choose that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cutline {} has no coordinate reference system. Give the layer one in QGIS.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cutline {} is no vector layer that QGIS can read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The digital number of pixels without data, where the product does not say it: 0, or -9999; 'none' where each is data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine cannot be put into {} ({}). Close other windows of QGIS, and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine is installed: version {}, {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine is not installed. It does the work of this plug-in, and comes separately.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine of Sentinel-2 super-resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The extent has no area; leave it out to process the whole product.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file holds {}, which would lie elsewhere. It was not unpacked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer '{}' is not read from a file, so its bands cannot be super-resolved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer {} has the coordinate reference system {} in QGIS, but {} in its file. The result has that of the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network: 'fast' (quick, the default), 'small' (quicker still, 20 m bands only), 'flagship' (the best, 17 times the work for 20 m bands, eight times for 5 m), 'dsen2' (DSen2 as published), 'vdsr' (VDSR, for 5 m), or the path of an .onnx file that carries an s2sr contract. Empty: the engine's default.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The overview of the virtual layer cannot be made: {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The part to process, in any coordinate reference system. Empty: the whole product.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pixel size of the result: 10 m (the 20 m and 60 m bands) or 5 m (all bands).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The virtual layer {} must end in .vrt.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no Sentinel-2 product at '{}'. Choose a SAFE folder, a zip or tar of it, a STAC item, a folder with one raster per band, or a raster layer of the project.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no engine for this system in {}. Take the wheel of s2sr or the release for this system.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This should not have happened; please report it: {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpacking {}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update the engine…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Virtual layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Virtual rasters (*.vrt)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is added to digital numbers, where the product does not say it: -1000 since processing baseline 04.00.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wheels of s2sr and onnxruntime, or a release of s2sr (*.whl *.zip *.tar.gz)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the network runs: 'auto', 'cpu', 'cuda' (an NVIDIA GPU), or 'cuda:1' for the second GPU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which pixels have data in every band.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write reflectance instead of digital numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes a virtual raster (.vrt) in which the 20 m and 60 m bands of a Sentinel-2 product have 10 m pixels, or all bands 5 m. The file is small and written at once; the network runs when pixels are read, for the window that is drawn, exported or analysed.

The product must stay where it is. In QGIS the layer works as long as this plug-in is enabled. Other programs that use GDAL need the environment variable GDAL_DRIVER_PATH; the log names its value. The tools under GDAL in the toolbox are such programs, and so is qgis_process.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all that can be sharpened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bicubic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cpu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cuda (NVIDIA GPU)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sentinel-2,quality,accuracy,wald,rmse,ergas,sam,super-resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sentinel-2,sharpen,pansharpening,resolution,upscale,dsen2,vdsr,neural network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sentinel-2,vrt,virtual,on the fly,super-resolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} (uncertainty)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} cannot be removed ({}). Close QGIS, and remove it by hand.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} cannot be unpacked: {}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} could not be downloaded: {} Without a network, install it from a file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} is damaged ({}). Download it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} is no coordinate reference system that QGIS knows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} is no wheel of s2sr or onnxruntime.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{} would be super-resolved as it is drawn, from the files that it names.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
